package preflight

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

// payloadBytes returns the bytes of all payloads together.
func (r *run) payloadBytes() int64 {
	var sum int64
	for _, p := range r.Payloads {
		for _, path := range p.paths() {
			sum += scratch.Size(path)
		}
	}
	return sum
}

// servicing estimates the space for temporary files, as apply does for each image.
func (r *run) servicing() int64 {
	var paths []string
	languages := false
	for _, p := range r.Payloads {
		paths = append(paths, p.paths()...)
		languages = languages || p.Language
	}
	return scratch.Servicing(paths, languages)
}

// scratchRoots examines the folders for temporary files: those that the author names, or the
// store.
func (r *run) scratchRoots() []scratch.Root {
	paths := r.Scratch
	if len(paths) == 0 {
		paths = []string{r.Store}
	}
	roots := make([]scratch.Root, len(paths))
	for i, path := range paths {
		roots[i].Path = path
		roots[i].Volume, roots[i].Err = r.Machine.Volume(path)
	}
	return roots
}

// temporaryRoom checks the folder that apply would choose now. For a folder in the store, the
// check of the store reports the sum of everything written there. Microsoft gives a number for
// languages, so too little space for them is an error.
func (r *run) temporaryRoom() []verdict {
	if !r.usesDISM() {
		return nil
	}
	need := scratch.Need{Bytes: r.servicing(), For: "DISM"}
	roots := r.scratchRoots()
	if len(r.Scratch) > 0 {
		i, err := scratch.Choose(roots, need, "", r.Reserve)
		if err != nil {
			return []verdict{{severity: Error, found: err.Error(), remedy: "Free space in one of them, or name another folder."}}
		}
		return []verdict{{severity: Info, subject: roots[i].Path, found: fmt.Sprintf("%s are free, and up to %s are needed for scratch", size.Text(roots[i].Volume.Free), size.Text(need.Bytes))}}
	}
	v := roots[0].Volume
	if roots[0].Err != nil || need.Bytes < scratch.Languages || v.Free >= scratch.Languages || !r.languages() {
		return nil
	}
	return []verdict{{severity: Error, subject: r.Store, found: size.Text(v.Free) + " are free, and a language pack needs 1 GiB of scratch space",
		remedy: "Free space there, or set GILD_DATA_DIR, or dirs in the block scratch, to a folder on a larger disk."}}
}

func (r *run) languages() bool {
	for _, p := range r.Payloads {
		if p.Language {
			return true
		}
	}
	return false
}

// scratchRoom is the check for a machine without a configuration.
func (r *run) scratchRoom() []verdict {
	v, err := r.Machine.Volume(r.Store)
	switch {
	case err != nil:
		return []verdict{{severity: Warning, subject: r.Store, found: "its free space can't be determined: " + err.Error(), remedy: "See to it that there is 1 GiB at least."}}
	case v.Free < scratch.Languages:
		return []verdict{{severity: Warning, subject: r.Store, found: size.Text(v.Free) + " are free", remedy: "Free space: a language pack alone needs 1 GiB of scratch space."}}
	}
	return []verdict{{severity: Info, subject: r.Store, found: size.Text(v.Free) + " are free"}}
}

// scratchPlaces checks the folders for temporary files that the author names.
func (r *run) scratchPlaces() []verdict {
	if len(r.Scratch) == 0 || !r.usesDISM() {
		return nil
	}
	var out []verdict
	for _, root := range r.scratchRoots() {
		const elsewhere = "Name a folder on a local disk with NTFS in the block scratch."
		v := verdict{subject: root.Path, severity: Info, found: "it is on " + root.Volume.Type + ", on this machine"}
		switch {
		case root.Err != nil:
			v.severity, v.found, v.remedy = Warning, "it can't be used for scratch: "+root.Err.Error(), elsewhere
		case root.Volume.Remote:
			v.severity, v.found, v.remedy = Warning, "it is on a network share ("+root.Volume.Type+"), so gild does not use it for scratch", elsewhere
		case r.Machine.OS() == onWindows && root.Volume.Type != "NTFS":
			v.severity, v.found, v.remedy = Error, "it is on "+root.Volume.Type+", and DISM needs NTFS", elsewhere
		case root.Volume.RAM:
			v.found = "it is in memory, with " + size.Text(root.Volume.Free) + " free, and gild uses it only if no disk has enough space"
		}
		out = append(out, v)
	}
	return out
}

// memoryDisk reports whether scratch has only a disk in memory.
func (r *run) memoryDisk() (v volume.Volume, only bool) {
	for _, root := range r.scratchRoots() {
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
