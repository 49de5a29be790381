package preflight

import (
	"fmt"
	"os"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
)

// place is a path that gild will write to.
type place struct {
	path  string
	bytes int64 // of everything that will be written
	file  int64 // the largest file
	what  string
	at    *hcl.Range
}

// written estimates what gild will write, and where: an output as large as the source and the
// payloads; checkpoints as large as the payloads; with DISM also the working copy, again that
// much for what commits add to it, and what servicing unpacks.
func (r *run) written() []place {
	if r.places == nil {
		r.places = r.estimate()
	}
	return r.places
}

func (r *run) estimate() []place {
	payloads, temporary := r.payloadBytes(), r.servicing()
	store := place{path: r.Store, bytes: payloads, file: payloads, what: "checkpoints"}
	if len(r.Scratch) == 0 && r.usesDISM() {
		store.bytes += temporary
	}
	var out []place
	for _, img := range r.Images {
		if img.Target {
			continue
		}
		file := img.fileSize()
		// the most that one image of the file takes when exported alone
		source := scratch.Made{Source: file, Content: img.Bytes, Files: img.Files}.Most()
		output := scratch.Made{Source: file, Content: img.Bytes, Files: img.Files, Hives: img.Hives, Payloads: payloads, Steps: img.Steps,
			Recompressed: img.Recompressed}.Most()
		out = append(out, place{img.Output, output, output, "the output", img.AtOutput})
		if img.DISM {
			store.bytes += scratch.Working(source, payloads)
			store.file = max(store.file, source+payloads)
			store.what = "checkpoints, DISM's working copy and scratch"
			if len(r.Scratch) > 0 {
				store.what = "checkpoints and DISM's working copy"
			}
		}
	}
	return append(out, store)
}

// fileSize returns the size of the source's files. It opens the source only if no plan has done
// that.
func (img Image) fileSize() int64 {
	size := img.FileBytes
	if size > 0 {
		return size
	}
	if f, err := wim.Open(img.Source); err == nil {
		size = f.Size() // of all files of a split image
		f.Close()
	} else if info, err := os.Stat(img.Source); err == nil {
		size = info.Size()
	}
	return size
}

// room compares what will be written to each volume with its free space.
func (r *run) room() []verdict {
	if len(r.Images) == 0 {
		return r.scratchRoom()
	}
	type sum struct {
		place
		free  int64
		paths []string
	}
	var volumes []string
	sums := map[string]*sum{}
	var out []verdict
	for _, p := range r.written() {
		v, err := r.Machine.Volume(p.path)
		if err != nil {
			out = append(out, verdict{severity: Warning, subject: p.path, at: p.at, found: "its free space can't be determined: " + err.Error(),
				remedy: "Make sure that " + size.Text(p.bytes) + " are free for " + p.what + "."})
			continue
		}
		s := sums[v.Root]
		if s == nil {
			s = &sum{place: p, free: v.Free}
			sums[v.Root] = s
			volumes = append(volumes, v.Root)
		} else {
			s.bytes += p.bytes
		}
		if !slices.Contains(s.paths, p.what) {
			s.paths = append(s.paths, p.what)
		}
	}
	for _, root := range volumes {
		s := sums[root]
		v := verdict{severity: Info, subject: root, found: fmt.Sprintf("%s are free, and up to %s are needed for %s", size.Text(s.free), size.Text(s.bytes), list(s.paths))}
		if s.free < s.bytes {
			v.severity, v.at = Warning, s.at
			v.remedy = "Free space there, or set GILD_DATA_DIR and output to folders on larger disks."
		}
		out = append(out, v)
	}
	return append(out, r.temporaryRoom()...)
}

func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		text := words[0]
		for _, w := range words[1 : n-1] {
			text += ", " + w
		}
		return text + " and " + words[n-1]
	}
}
