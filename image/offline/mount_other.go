//go:build !linux

package offline

// wimlibMount is the type of a file system that only Linux has.
const wimlibMount = "fuse.wimfs"

// fileSystem does not know the types of file systems.
func fileSystem(string) string { return "" }
