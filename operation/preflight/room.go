package preflight

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

// space checks whether the volumes that gild writes to have enough space, and can store files
// that large.
type space struct {
	*Input
	destinations []destination // result of written; opening a large source takes time
}

// destination is a path that gild will write to.
type destination struct {
	path  string
	bytes int64 // of everything that will be written
	file  int64 // the largest file
	what  string
	at    *hcl.Range
}

// written estimates what gild will write, and where: an output as large as the source and the
// payloads; checkpoints as large as the payloads; with DISM also the working copy, again that
// much for what commits add to it, and what servicing unpacks.
func (sp *space) written() []destination {
	if sp.destinations == nil {
		sp.destinations = sp.estimate()
	}
	return sp.destinations
}

func (sp *space) estimate() []destination {
	payloads, temporary := sp.payloadBytes(), sp.servicing()
	store := destination{path: sp.Store, bytes: payloads, file: payloads, what: "checkpoints"}
	if len(sp.Scratch) == 0 && sp.usesDISM() {
		store.bytes += temporary
	}
	var out []destination
	for _, img := range sp.Images {
		if img.Target {
			continue
		}
		file := img.fileSize()
		// the most that one image of the file takes when exported alone
		source := scratch.Made{Source: file, Content: img.Bytes, Files: img.Files}.Most()
		output := scratch.Made{Source: file, Content: img.Bytes, Files: img.Files, Hives: img.Hives, Payloads: payloads, Steps: img.Steps,
			Recompressed: img.Recompressed}.Most()
		out = append(out, destination{img.Output, output, output, "the output", img.AtOutput})
		if img.DISM {
			store.bytes += scratch.Working(source, payloads)
			store.file = max(store.file, source+payloads)
			store.what = "checkpoints, DISM's working copy and scratch"
			if len(sp.Scratch) > 0 {
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

// largestFAT is the size that a file on FAT can't reach.
const largestFAT = 4 * gib

func isFAT(v volume.Volume) bool {
	switch strings.ToLower(v.Type) {
	case "fat", "fat32", "vfat", "msdos":
		return true
	}
	return false
}

func (sp *space) fileSystems() []verdict {
	var out []verdict
	for _, p := range sp.written() {
		v, err := sp.Machine.Volume(p.path)
		if err != nil || !isFAT(v) {
			continue
		}
		f := verdict{severity: Warning, subject: p.path, at: p.at, found: "it is on " + v.Type,
			remedy: "Choose a folder on NTFS or another file system with large files, or split the output: export { split_size = … }."}
		if p.file >= largestFAT {
			f.severity, f.found = Error, fmt.Sprintf("it is on %s, and will have about %s", v.Type, size.Text(p.file))
		}
		out = append(out, f)
	}
	if out == nil {
		return one(Info, "the file systems can store what gild writes", "")
	}
	return out
}

// room compares what will be written to each volume with its free space.
func (sp *space) room() []verdict {
	if len(sp.Images) == 0 {
		return sp.scratchRoom()
	}
	type sum struct {
		destination
		free  int64
		paths []string
	}
	var volumes []string
	sums := map[string]*sum{}
	var out []verdict
	for _, p := range sp.written() {
		v, err := sp.Machine.Volume(p.path)
		if err != nil {
			out = append(out, verdict{severity: Warning, subject: p.path, at: p.at, found: "its free space can't be determined: " + err.Error(),
				remedy: "Make sure that " + size.Text(p.bytes) + " are free for " + p.what + "."})
			continue
		}
		s := sums[v.Root]
		if s == nil {
			s = &sum{destination: p, free: v.Free}
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
	return append(out, sp.temporaryRoom()...)
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
