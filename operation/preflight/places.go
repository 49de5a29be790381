package preflight

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
)

func (r *run) store() []verdict {
	v, err := r.Machine.Volume(r.Store)
	out := verdict{severity: Info, subject: r.Store, found: "it is on " + v.Type + ", on this machine"}
	const elsewhere = "Set GILD_DATA_DIR to a folder on a local disk"
	switch {
	case err != nil:
		out.severity, out.found, out.remedy = Warning, "its file system can't be determined: "+err.Error(), elsewhere+"."
	case v.Remote && r.usesDISM():
		out.severity, out.found, out.remedy = Error, "it is on a network share ("+v.Type+")", elsewhere+"."
	case v.Remote:
		out.severity, out.found, out.remedy = Warning, "it is on a network share ("+v.Type+")", elsewhere+"."
	case r.Machine.OS() == onWindows && r.usesDISM() && v.Type != "NTFS":
		out.severity, out.found, out.remedy = Error, "it is on "+v.Type+", and DISM needs NTFS", elsewhere+" with NTFS."
	case v.RAM:
		out.found = "it is in memory: a restart loses the checkpoints"
	}
	verdicts := []verdict{out}
	for _, img := range r.Images {
		if img.Source == "" {
			continue
		}
		source, err := r.Machine.Volume(img.Source)
		if err == nil && source.Root == v.Root && img.DISM && !img.Target && len(r.Scratch) == 0 {
			verdicts = append(verdicts, verdict{severity: Info, subject: img.Source, onlyFromDoctor: true,
				found: "it is on the same volume as the scratch folder; on another one DISM is faster"})
		}
	}
	return append(verdicts, r.scratchPlaces()...)
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

func (r *run) fileSystems() []verdict {
	var out []verdict
	for _, p := range r.written() {
		v, err := r.Machine.Volume(p.path)
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

func (r *run) logPlace() []verdict {
	if r.Log == "" {
		return skip("no log is written to a file; that of DISM is kept with the checkpoints")
	}
	v, err := r.Machine.Volume(filepath.Dir(r.Log))
	remote := err == nil && v.Remote || r.Machine.OS() == onWindows && volume.UNC(r.Log)
	out := verdict{subject: r.Log, severity: Info, found: "it is on this machine"}
	failed := r.Machine.Writable(r.Log)
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

// atRoot reports whether a file or folder is the root of a volume or directly below it, wherever
// the volume is mounted.
func (r *run) atRoot(path string) bool {
	v, err := r.Machine.Volume(path)
	if err != nil || v.Root == "" || r.Machine.OS() != onWindows {
		return false
	}
	form := func(p string) string {
		return strings.ToUpper(strings.TrimRight(strings.ReplaceAll(p, "/", `\`), `\`))
	}
	root, is := form(v.Root), form(path)
	return is == root || is[:max(strings.LastIndexByte(is, '\\'), 0)] == root
}

func (r *run) noPayloads() []verdict {
	if len(r.Payloads) == 0 {
		return skip("no resource names a payload")
	}
	return nil
}

func (p Payload) verdict(s Severity, found, remedy string) verdict {
	v := verdict{severity: s, found: found, remedy: remedy, subject: p.Path, at: p.At}
	if p.Hidden {
		v.subject, v.at = p.Address, nil
	}
	return v
}

func (r *run) payloadPlace() []verdict {
	out, packages := r.noPayloads(), 0
	for _, p := range r.Payloads {
		if !p.Package {
			continue
		}
		packages++
		err := msu.CheckPlace(p.Path)
		if err == nil && r.atRoot(p.Path) {
			err = errors.New("is at the root of a volume that is mounted in a folder")
		}
		if err != nil {
			found := strings.TrimPrefix(err.Error(), p.Path+" ")
			if p.Hidden {
				found = "it is at the root of a partition, or in a folder that is synchronised with a cloud"
			}
			out = append(out, p.verdict(Error, found, "Copy it to a folder on a local disk, and name that folder in "+p.Address+"."))
		}
	}
	switch {
	case out != nil:
		return out
	case packages == 0:
		return skip("no resource names a package")
	}
	return one(Info, fmt.Sprintf("%d packages are in suitable folders", packages), "")
}

// payloadNetwork checks payloads on shares, which gild copies before it uses them.
func (r *run) payloadNetwork() []verdict {
	out := r.noPayloads()
	shares := 0
	for _, p := range r.Payloads {
		v, err := r.Machine.Volume(p.Path)
		remote := err == nil && v.Remote || r.Machine.OS() == onWindows && volume.UNC(p.Path)
		if !remote {
			continue
		}
		shares++
		out = append(out, p.verdict(Info, "it is on a network share; gild uses a verified copy in "+r.Cache+"", ""))
	}
	if out == nil {
		return one(Info, "all are on this machine", "")
	}
	if v, err := r.Machine.Volume(r.Cache); shares > 0 && err == nil && v.Remote {
		out = append(out, verdict{severity: Warning, subject: r.Cache, found: "the folder for copies is itself on a network share (" + v.Type + ")",
			remedy: "Set GILD_CACHE_DIR to a folder on a local disk."})
	}
	return out
}
