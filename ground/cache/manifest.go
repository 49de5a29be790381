package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/gildhq/gild/ground/regular"
)

const manifestFile = "manifest.json"

// File is a file of an entry.
type File struct {
	Name   string `json:"name"` // with slashes, beginning with the name of the entry's file or folder
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
	SHA1   string `json:"sha1,omitempty"`
	Link   string `json:"link,omitempty"` // target of a symbolic link, which has no content
	Folder bool   `json:"folder,omitempty"`
	// Modified is the time of the original; an entry does not store it.
	Modified time.Time `json:"-"`
}

// manifest lists the files of an entry, in the order of a walk.
type manifest struct {
	Base  string `json:"base"` // name of the file or folder
	Files []File `json:"files"`
}

func (m manifest) size() int64 {
	var sum int64
	for _, f := range m.Files {
		sum += f.Size
	}
	return sum
}

// digest returns the name of the entry, computed from its names and contents.
func (m manifest) digest() string {
	sum := sha256.New()
	for _, f := range m.Files {
		fmt.Fprintf(sum, "%q %t %q %d %s\n", f.Name, f.Folder, f.Link, f.Size, f.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// alike reports whether two lists have the same names and sizes.
func (m manifest) alike(other manifest) bool {
	return slices.EqualFunc(m.Files, other.Files, func(a, b File) bool {
		return a.Name == b.Name && a.Folder == b.Folder && a.Link == b.Link && a.Size == b.Size
	})
}

// origin returns a digest of the original's metadata: while it is unchanged, the content counts
// as unchanged.
func (m manifest) origin() string {
	sum := sha256.New()
	for _, f := range m.Files {
		fmt.Fprintf(sum, "%q %t %q %d %d\n", f.Name, f.Folder, f.Link, f.Size, f.Modified.UnixNano())
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// maxManifest is the largest size of a manifest: enough for [MaxFiles] files with long names.
const maxManifest = 64 << 20

func readManifest(name string) (manifest, error) {
	var m manifest
	data, err := regular.Read(name, maxManifest)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	odd := func(f File) bool { return !fs.ValidPath(f.Name) }
	if err == nil && (!fs.ValidPath(m.Base) || slices.ContainsFunc(m.Files, odd)) {
		err = fmt.Errorf("%s: not a manifest of a payload cache", name)
	}
	return m, err
}
