package tempdir

import "io/fs"

// mine is true: Windows has a folder for what is temporary for each user.
func mine(fs.FileInfo) bool { return true }
