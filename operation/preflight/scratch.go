package preflight

import (
	"fmt"

	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
)

// payloadBytes returns the bytes of all payloads together.
func (sp *space) payloadBytes() int64 {
	var sum int64
	for _, p := range sp.Payloads {
		for _, path := range p.paths() {
			sum += scratch.Size(path)
		}
	}
	return sum
}

// servicing estimates the space for temporary files, as apply does for each image.
func (sp *space) servicing() int64 {
	var paths []string
	languages := false
	for _, p := range sp.Payloads {
		paths = append(paths, p.paths()...)
		languages = languages || p.Language
	}
	return scratch.Servicing(paths, languages)
}

// temporaryRoom checks the folder that apply would choose now. For a folder in the store, the
// check of the store reports the sum of everything written there. Microsoft gives a number for
// languages, so too little space for them is an error.
func (sp *space) temporaryRoom() []verdict {
	if !sp.usesDISM() {
		return nil
	}
	need := scratch.Need{Bytes: sp.servicing(), For: "DISM"}
	roots := sp.scratchRoots()
	if len(sp.Scratch) > 0 {
		i, err := scratch.Choose(roots, need, "", sp.Reserve)
		if err != nil {
			return []verdict{{severity: Error, found: err.Error(), remedy: "Free space in one of them, or name another folder."}}
		}
		return []verdict{{severity: Info, subject: roots[i].Path, found: fmt.Sprintf("%s are free, and up to %s are needed for scratch", size.Text(roots[i].Volume.Free), size.Text(need.Bytes))}}
	}
	v := roots[0].Volume
	if roots[0].Err != nil || need.Bytes < scratch.Languages || v.Free >= scratch.Languages || !sp.languages() {
		return nil
	}
	return []verdict{{severity: Error, subject: sp.Store, found: size.Text(v.Free) + " are free, and a language pack needs 1 GiB of scratch space",
		remedy: "Free space there, or set GILD_DATA_DIR, or dirs in the block scratch, to a folder on a larger disk."}}
}

func (sp *space) languages() bool {
	for _, p := range sp.Payloads {
		if p.Language {
			return true
		}
	}
	return false
}

// scratchRoom is the check for a machine without a configuration.
func (sp *space) scratchRoom() []verdict {
	v, err := sp.Machine.Volume(sp.Store)
	switch {
	case err != nil:
		return []verdict{{severity: Warning, subject: sp.Store, found: "its free space can't be determined: " + err.Error(), remedy: "Make sure that 1 GiB is free."}}
	case v.Free < scratch.Languages:
		return []verdict{{severity: Warning, subject: sp.Store, found: size.Text(v.Free) + " are free", remedy: "Free space: a language pack alone needs 1 GiB of scratch space."}}
	}
	return []verdict{{severity: Info, subject: sp.Store, found: size.Text(v.Free) + " are free"}}
}
