package dismemu

import (
	"fmt"
	"path/filepath"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
	"github.com/gildhq/gild/image/offline"
)

// stamps names the file that records what was extracted into the folder of a mounted image.
func (r *run) stamps(dir string) string {
	return filepath.Join(r.State, "mounts", nameFor(dir)+".index")
}

// remember keeps what the files in the folder of an image are like that was just
// extracted, so that a commit need not read all of them.
func (r *run) remember(dir string) error {
	x, err := tree.Stamp(dir)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(filepath.Join(r.State, "mounts")); err != nil {
		return err
	}
	return x.Save(r.stamps(dir))
}

// bringIn brings what is in the folder of a mounted image into its file.
func (r *run) bringIn(mt *mounted) error {
	f, err := wim.Open(mt.File)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := f.Image(mt.Index)
	if err != nil {
		return err
	}
	if err := tree.Merge(r.ctx, img.Root, mt.Dir, tree.Load(r.stamps(mt.Dir))); err != nil {
		return err
	}
	info := f.Images()[mt.Index-1]
	if err := describe(r, &info, mt.Dir); err != nil {
		return err
	}
	info.Count(img.Root)
	return wim.Update(r.ctx, mt.File, wim.UpdateOptions{}, wim.Change{Index: mt.Index, Root: img.Root, Info: info})
}

// describe brings edition and build, which servicing changes, into what the file
// says of the image. Its name and description stay.
func describe(r *run, info *wim.ImageInfo, dir string) error {
	if info.Windows == nil {
		return nil
	}
	s, err := offline.Backend{}.Open(r.ctx, image.Ref{Path: dir}, image.OpenOptions{})
	if err != nil {
		return nil // an image that is no longer a Windows keeps its name
	}
	now, err := s.Info(r.ctx)
	if err != nil {
		return s.Close()
	}
	windows := *info.Windows
	if now.Edition != "" {
		windows.EditionID = now.Edition
	}
	var revision int
	if n, err := fmt.Sscanf(now.Version, "%d.%d.%d.%d", new(int), new(int), new(int), &revision); err == nil && n == 4 {
		windows.Version.SPBuild = revision
	}
	info.Windows = &windows
	return s.Close()
}
