package preflight

import (
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

// folders checks where the store, the folders for temporary files and the log are.
type folders struct {
	*Input
}

func (f *folders) store() []verdict {
	v, err := f.Machine.Volume(f.Store)
	out := verdict{severity: Info, subject: f.Store, found: "it is on " + v.Type + ", on this machine"}
	const elsewhere = "Set GILD_DATA_DIR to a folder on a local disk"
	switch {
	case err != nil:
		out.severity, out.found, out.remedy = Warning, "its file system can't be determined: "+err.Error(), elsewhere+"."
	case v.Remote && f.usesDISM():
		out.severity, out.found, out.remedy = Error, "it is on a network share ("+v.Type+")", elsewhere+"."
	case v.Remote:
		out.severity, out.found, out.remedy = Warning, "it is on a network share ("+v.Type+")", elsewhere+"."
	case f.Machine.OS() == onWindows && f.usesDISM() && v.Type != "NTFS":
		out.severity, out.found, out.remedy = Error, "it is on "+v.Type+", and DISM needs NTFS", elsewhere+" with NTFS."
	case v.RAM:
		out.found = "it is in memory: a restart loses the checkpoints"
	}
	verdicts := []verdict{out}
	for _, img := range f.Images {
		if img.Source == "" {
			continue
		}
		source, err := f.Machine.Volume(img.Source)
		if err == nil && source.Root == v.Root && img.DISM && !img.Target && len(f.Scratch) == 0 {
			verdicts = append(verdicts, verdict{severity: Info, subject: img.Source, onlyFromDoctor: true,
				found: "it is on the same volume as the scratch folder; on another one DISM is faster"})
		}
	}
	return append(verdicts, f.scratchPlaces()...)
}

// scratchPlaces checks the folders for temporary files that the author names.
func (f *folders) scratchPlaces() []verdict {
	if len(f.Scratch) == 0 || !f.usesDISM() {
		return nil
	}
	var out []verdict
	for _, root := range f.scratchRoots() {
		const elsewhere = "Name a folder on a local disk with NTFS in the block scratch."
		v := verdict{subject: root.Path, severity: Info, found: "it is on " + root.Volume.Type + ", on this machine"}
		switch {
		case root.Err != nil:
			v.severity, v.found, v.remedy = Warning, "it can't be used for scratch: "+root.Err.Error(), elsewhere
		case root.Volume.Remote:
			v.severity, v.found, v.remedy = Warning, "it is on a network share ("+root.Volume.Type+"), so gild does not use it for scratch", elsewhere
		case f.Machine.OS() == onWindows && root.Volume.Type != "NTFS":
			v.severity, v.found, v.remedy = Error, "it is on "+root.Volume.Type+", and DISM needs NTFS", elsewhere
		case root.Volume.RAM:
			v.found = "it is in memory, with " + size.Text(root.Volume.Free) + " free, and gild uses it only if no disk has enough space"
		}
		out = append(out, v)
	}
	return out
}

func (f *folders) logPlace() []verdict {
	if f.Log == "" {
		return skip("no log is written to a file; that of DISM is kept with the checkpoints")
	}
	v, err := f.Machine.Volume(filepath.Dir(f.Log))
	remote := err == nil && v.Remote || f.Machine.OS() == onWindows && volume.UNC(f.Log)
	out := verdict{subject: f.Log, severity: Info, found: "it is on this machine"}
	failed := f.Machine.Writable(f.Log)
	switch {
	case failed != nil && remote:
		out.severity, out.found = Warning, "it is on a network share, and can't be written: "+failed.Error()
		out.remedy = `Sign in to the share first, as with net use \\server\share /user:NAME, or set GILD_LOG_PATH, or path in the block log, to a file on this machine.`
	case failed != nil:
		out.severity, out.found, out.remedy = Warning, "it can't be written: "+failed.Error(), "Set GILD_LOG_PATH, or path in the block log, to a writable file."
	case remote:
		out.found = "it is on a network share, and can be written"
	}
	return []verdict{out}
}

// scratchRoots examines the folders for temporary files: those that the author names, or the
// store.
func (in *Input) scratchRoots() []scratch.Root {
	paths := in.Scratch
	if len(paths) == 0 {
		paths = []string{in.Store}
	}
	roots := make([]scratch.Root, len(paths))
	for i, path := range paths {
		roots[i].Path = path
		roots[i].Volume, roots[i].Err = in.Machine.Volume(path)
	}
	return roots
}

// memoryDisk reports whether scratch has only a disk in memory.
func memoryDisk(roots []scratch.Root) (v volume.Volume, only bool) {
	for _, root := range roots {
		switch {
		case root.Err != nil || root.Volume.Remote:
		case !root.Volume.RAM && !strings.EqualFold(root.Volume.Root, `X:\`):
			return volume.Volume{}, false
		default:
			v, only = root.Volume, true
		}
	}
	return v, only
}
