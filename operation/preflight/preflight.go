// Package preflight checks a machine, images and payloads against Microsoft's advice for
// servicing images, before anything is changed: "DISM Best Practices" and the pages it links to,
// in the Windows Setup documentation. docs/best-practices.md lists the checks, and the advice
// that gild follows by design.
//
// A check changes nothing. If it can't find something out, it says so, and assumes nothing. Begin
// with [Run], which makes the checks; [Machine] answers their questions about a machine.
package preflight

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/image/dism"
)

// Severity says what a finding means.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // apply refuses to begin
	Warning Severity = "warning" // apply may fail, or be slow
	Info    Severity = "info"    // no problem
	Skipped Severity = "skipped" // does not apply here, or can't be found out
)

// Finding is the result of a check.
type Finding struct {
	ID       string
	Title    string
	Severity Severity
	Found    string
	Why      string     // why it matters
	Remedy   string     // what to do; empty with Info
	Subject  string     // the path or address that it is about; empty: the machine
	At       *hcl.Range // where the author wrote it; nil: nowhere
}

// Moment is when checks are made. A later moment includes all checks of earlier ones.
type Moment int

// The moments. Planning runs no programs; before apply, DISM is asked.
const (
	BeforePlan Moment = iota
	BeforeApply
	Doctor
)

// Input is what to check.
type Input struct {
	Machine  Machine
	Now      time.Time
	DISM     *DISM // nil: this machine has no DISM, or does not use it
	Store    string
	Scratch  []string // folders for temporary files to choose from; none: they are in the store
	Reserve  int64    // bytes to leave free on their volumes
	Cache    string   // folder for copies of payloads on network shares
	Log      string   // log file; empty: none
	Images   []Image
	Payloads []Payload
}

// DISM is the DISM that gild uses.
type DISM struct {
	Path    string
	Program dism.Program
}

// Image is an image to make, or to service in place.
type Image struct {
	Name      string
	Source    string // the file, or the target's folder; empty: it does not exist yet, and Unknown says why
	Target    bool   // serviced in place
	Output    string // empty with Target
	DISM      bool   // DISM services it
	Version   string // of the Windows in it; empty: unknown
	Bytes     int64  // content of its files; 0: unknown
	Parts     int    // how many files the source consists of; 0: it was not opened yet
	FileBytes int64  // size of these files
	Files     int64  // number of files and folders; 0: unknown
	Hives     int64  // bytes of the hives that are changed; 0: unknown
	Steps     int    // number of changes; 0: unknown
	// Recompressed: the output has another compression than the source.
	Recompressed bool
	// Updated is when the newest cumulative update was made; zero: unknown, and Unknown says why.
	// With UpdateInstalled it is when the update was installed into the image, if nothing better
	// is known.
	Updated         time.Time
	UpdateInstalled bool
	Update          string // its name
	Unknown         string
	Concerns        []string // what may make servicing fail
	AtSource        *hcl.Range
	AtOutput        *hcl.Range
}

// Payload is a file or folder that goes into images.
type Payload struct {
	Address  string   // of the resource
	Path     string   // absolute
	Files    []string // the files of the folder that go into the image; nil: all
	Package  bool     // DISM, or Windows at its first boot, installs it
	Language bool     // a language pack
	Hidden   bool     // the path must not be shown
	At       *hcl.Range
}

// Brings adds files of the folder that go into the image; nil adds all of them.
func (p *Payload) Brings(files []string) {
	if p.Files == nil || files == nil {
		p.Files = nil
		return
	}
	for _, f := range files {
		if !slices.Contains(p.Files, f) {
			p.Files = append(p.Files, f)
		}
	}
}

// paths returns the files and folders that go into the image.
func (p *Payload) paths() []string {
	if p.Files != nil {
		return p.Files
	}
	return []string{p.Path}
}

// check is one of the checks. It returns at least one verdict.
type check struct {
	id, title, why string
	from           Moment
	run            func() []verdict
}

// verdict is a finding without the fields that all findings of its check share.
type verdict struct {
	severity       Severity
	found, remedy  string
	subject        string
	at             *hcl.Range
	onlyFromDoctor bool
}

// Run makes the checks of a moment, in a fixed order.
func Run(ctx context.Context, in Input, moment Moment) []Finding {
	in.Machine = remembering{in.Machine, map[string]located{}}
	var out []Finding
	for _, c := range checks(ctx, &in) {
		if c.from > moment || ctx.Err() != nil {
			continue
		}
		for _, v := range distinct(c.run()) {
			if !v.onlyFromDoctor || moment == Doctor {
				out = append(out, Finding{c.id, c.title, v.severity, v.found, c.why, v.remedy, v.subject, v.at})
			}
		}
	}
	return out
}

// distinct removes repeated findings, such as those of a source that several images share.
func distinct(verdicts []verdict) []verdict {
	type said struct {
		severity       Severity
		subject, found string
	}
	seen := map[said]bool{}
	return slices.DeleteFunc(verdicts, func(v verdict) bool {
		s := said{v.severity, v.subject, v.found}
		again := seen[s]
		seen[s] = true
		return again
	})
}

// checks returns all checks of an input, in their order.
func checks(ctx context.Context, in *Input) []check {
	t := &tool{Input: in, ctx: ctx}
	s := &system{in, t}
	f := &folders{in}
	sp := &space{Input: in}
	i := &images{in}
	ps := &payloads{in}
	return []check{
		{"elevation", "Administrator rights", "DISM needs them, and fails with error 740 otherwise.", BeforeApply, s.elevation},
		{"privileges", "Privileges to replace files", "Files of an image belong to TrustedInstaller and other accounts: to replace them and give them back takes privileges, which administrator rights alone do not put into effect.", BeforeApply, s.privileges},
		{"dism", "DISM", "Without DISM, features, updates and languages are installed at the first boot, not now.", Doctor, t.present},
		{"dism.native", "DISM of the system's own architecture", "A DISM of another architecture can't service Windows (error 11).", BeforeApply, t.native},
		{"dism.version", "Version of DISM", "DISM must be as new as the Windows it services: an older one fails with 87 or 0x800f0823, or damages the image.", BeforeApply, t.version},
		{"mounts", "Mounted images", fmt.Sprintf("Microsoft advises mounting no more than %d images at once on a machine, and stale mounts keep their files in use.", dism.MaxMounts), BeforeApply, t.mounted},
		{"mount.driver", "Driver of mounted images", "The driver WIMMount shows the files of mounted images. Without it, DISM can't mount.", BeforePlan, t.mountDriver},
		{"mount.place", "Places of mounted images", "Mounting fails on deduplicated volumes (0x80070032) and in folders that Controlled Folder Access protects (0xc1510111); below long paths parts of Windows can't reach their files.", BeforePlan, t.mountPlaces},
		{"antivirus", "Antivirus", "Scanning files while DISM works on them makes DISM several times slower, and can make it fail with 0xc1420135 or 0xc1420117.", BeforeApply, s.antivirus},
		{"winpe", "Windows PE", "DISM in Windows PE needs 256 MB of free memory and a page file, and a scratch folder that is not in memory.", BeforeApply, s.winpe},
		{"memory", "Free memory", "With little memory, unmounting is slow or fails, especially if several images are mounted.", BeforeApply, s.memory},
		{"store", "Place of checkpoints and scratch", "DISM's scratch and mount folders must be on a local disk with NTFS; on a network share checkpoints are slow and can be lost.", BeforePlan, f.store},
		{"filesystem", "File systems", "FAT does not support files of 4 GiB or more, or access rights.", BeforePlan, sp.fileSystems},
		{"room", "Room on disks", "If a disk gets full during servicing, all work since the last checkpoint is lost.", BeforePlan, sp.room},
		{"log", "Place of the log", "A log on a share is lost when the share asks for a user that this session has not signed in as.", BeforeApply, f.logPlace},
		{"image.mount", "Images that can be mounted", "DISM mounts neither split nor solid images (ESD), nor read-only files, nor files on network shares.", BeforePlan, i.mountable},
		{"image.access", "Who may change images", "Whoever can write an image decides what runs on every machine that is deployed from it; whoever can read it can find passwords in it.", Doctor, i.access},
		{"image.servicing", "Servicing of images", "Servicing an image with pending work, or with an incomplete component store, fails half-way.", Doctor, i.concerns},
		{"image.updates", "Age of updates", "Machines deployed from an old image have security holes that are fixed by now, and spend their first hours installing updates.", Doctor, i.updates},
		{"payload.place", "Place of packages", "Microsoft advises against packages at the root of a partition and in folders that are synchronised with a cloud, where a file can be nothing but a name.", BeforeApply, ps.payloadPlace},
		{"payload.network", "Payloads on network shares", "DISM reads packages several times; over a network that is slow, and fails half-way if the network does.", BeforeApply, ps.payloadNetwork},
	}
}

func one(s Severity, found, remedy string) []verdict {
	return []verdict{{severity: s, found: found, remedy: remedy}}
}

func skip(why string) []verdict { return one(Skipped, why, "") }

// usesDISM reports whether there is a DISM, and it services an image, or may.
func (in *Input) usesDISM() bool {
	if in.DISM == nil {
		return false
	}
	for _, img := range in.Images {
		if img.DISM {
			return true
		}
	}
	return len(in.Images) == 0
}

const notUsed = "DISM is not used here"
