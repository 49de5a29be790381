// Package wimtree makes the tree of a WIM image of files, for tests.
package wimtree

import (
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
)

// Of returns the files and folders of a file system, with their content and times.
func Of(files fs.FS) (*wim.Node, error) {
	folders := map[string]*wim.Node{}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		at := nt.TimeOf(info.ModTime())
		n := &wim.Node{Name: e.Name(), Attributes: wim.AttrNormal, Created: at, Accessed: at, Written: at}
		if e.IsDir() {
			n.Attributes, folders[name] = wim.AttrDirectory, n
		} else {
			n.Streams = []wim.Stream{{Size: info.Size(), Content: &wim.Content{
				Size: info.Size(), Open: func() (io.ReadCloser, error) { return files.Open(name) },
			}}}
		}
		if name == "." {
			n.Name = ""
			return nil
		}
		parent := folders[path.Dir(name)]
		parent.Children = append(parent.Children, n)
		parent.Sort()
		return nil
	})
	return folders["."], err
}
