package dismemu

import (
	"fmt"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
	"github.com/gildhq/gild/image/offline"
)

// bringIn writes the folder of a mounted image into its WIM file.
func (m mounting) bringIn() error {
	f, err := wim.Open(m.File)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := f.Image(m.Index)
	if err != nil {
		return err
	}
	if err := tree.Merge(m.ctx, img.Root, m.Dir, tree.Load(m.mounts.stamps(m.Dir))); err != nil {
		return err
	}
	info := f.Images()[m.Index-1]
	if err := describe(m.run, &info, m.Dir); err != nil {
		return err
	}
	info.Count(img.Root)
	return wim.Update(m.ctx, m.File, wim.UpdateOptions{}, wim.Change{Index: m.Index, Root: img.Root, Info: info})
}

// describe updates edition and build, which servicing can change, in the WIM file's
// description of the image. Name and description stay.
func describe(r *run, info *wim.ImageInfo, dir string) error {
	if info.Windows == nil {
		return nil
	}
	s, err := offline.Backend{}.Open(r.ctx, image.Ref{Path: dir}, image.OpenOptions{})
	if err != nil {
		return nil // without Windows the description stays
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
