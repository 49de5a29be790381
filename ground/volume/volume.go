// Package volume describes the file system of a path: its type, whether it is a
// network share, and how much room is left.
package volume

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Volume is a file system, as it is seen at a path.
type Volume struct {
	Root   string // where it is mounted; on Windows as in C:\
	ID     string // the same wherever the file system is mounted
	Type   string // its name: NTFS, ext4, nfs4 …
	Remote bool   // on another machine: a network share
	RAM    bool   // kept in memory
	Free   int64  // bytes that the user may still write
	// Source is what is mounted, as far as the system tells: a device, a share.
	Source string
}

// Of returns the volume that a path is on, or will be: the path and folders above
// it need not exist yet.
func Of(path string) (Volume, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return Volume{}, err
	}
	there, err := existing(full)
	if err != nil {
		return Volume{}, err
	}
	return of(there)
}

// existing returns the path, or the nearest existing folder above it, without
// symbolic links.
func existing(path string) (string, error) {
	for {
		real, err := filepath.EvalSymlinks(path)
		parent := filepath.Dir(path)
		switch {
		case err == nil:
			return real, nil
		case !errors.Is(err, fs.ErrNotExist):
			// It is there, but what leads to it can't be resolved: a mount point of Windows.
			if _, err := os.Lstat(path); err == nil {
				return path, nil
			}
			return "", err
		case parent == path:
			return "", err
		}
		path = parent
	}
}

// UNC reports whether a path, as Windows writes it, names a share of a server:
// \\server\share, or \\?\UNC\server\share.
func UNC(path string) bool {
	p := strings.ReplaceAll(path, "/", `\`)
	if rest, long := cutPrefixFold(p, `\\?\UNC\`); long {
		return rest != ""
	}
	return strings.HasPrefix(p, `\\`) && len(p) > 2 && !strings.HasPrefix(p, `\\?\`) && !strings.HasPrefix(p, `\\.\`)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
