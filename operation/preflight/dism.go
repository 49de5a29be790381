package preflight

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image/dism"
)

// tool checks DISM, the images it has mounted, and whether it can mount more.
type tool struct {
	*Input
	ctx    context.Context
	mounts *mountList // nil until DISM was asked
}

func (t *tool) present() []verdict {
	if t.DISM == nil {
		if t.Machine.OS() != onWindows {
			return skip("only Windows has it, and GILD_DISM is not set")
		}
		return one(Warning, "this machine has no DISM", "Install the Deployment Tools of the Windows ADK, and set GILD_DISM to their dism.exe.")
	}
	return []verdict{{severity: Info, found: "this machine has DISM", subject: t.DISM.Path}}
}

func (t *tool) native() []verdict {
	if t.Machine.OS() != onWindows {
		return skip("only Windows has DISM for several architectures")
	}
	if !t.usesDISM() {
		return skip(notUsed)
	}
	arch, err := t.Machine.ProgramArch(t.DISM.Path)
	system := t.Machine.Arch()
	v := verdict{subject: t.DISM.Path}
	switch {
	case err != nil:
		v.severity, v.found = Warning, err.Error()
		v.remedy = "Make sure that it is the DISM of Windows or of the Windows ADK."
	case system == "":
		v.severity, v.found = Skipped, "the architecture of this Windows can't be determined; DISM is for "+arch
	case arch != system:
		v.severity, v.found = Error, fmt.Sprintf("DISM is for %s, and Windows for %s", arch, system)
		v.remedy = `Use the one in %SystemRoot%\System32, which 32-bit programs see as %SystemRoot%\Sysnative: unset GILD_DISM, or set it to that one.`
	default:
		v.severity, v.found = Info, "both are for "+arch
	}
	return []verdict{v}
}

// mountList is what DISM reports about mounted images, and DISM's version.
type mountList struct {
	known  bool
	why    string // why the list is unknown
	tool   string // version of DISM; empty: unknown
	count  int
	images []transcript.Record // nil if they were counted from Windows' own records
}

// notElevated is DISM's exit code without administrator rights.
const notElevated = 740

// mountList asks DISM, once. If DISM refuses, it reads Windows' records.
func (t *tool) mountList() mountList {
	if t.mounts == nil {
		list := t.askDISM()
		if !list.known && t.Machine.OS() == onWindows {
			if n, err := t.Machine.RegisteredMounts(); err == nil {
				list.known, list.count = true, n
			}
		}
		t.mounts = &list
	}
	return *t.mounts
}

func (t *tool) askDISM() mountList {
	p := transcript.NewParser(nil)
	exit, err := t.DISM.Program.Run(t.ctx, []string{"/English", "/Get-MountedImageInfo"}, p)
	if err != nil {
		return mountList{why: err.Error()}
	}
	said := p.End()
	list := mountList{tool: said.Tool}
	switch {
	case exit == notElevated:
		list.why = "DISM refuses to list them without administrator rights"
	case exit != 0:
		list.why = fmt.Sprintf("DISM ended with %#x", exit)
		if said.Failure != nil {
			list.why += ": " + strings.Join(said.Failure.Message, " ")
		}
	default:
		list.known, list.images = true, said.With("Mount Dir")
		list.count = len(list.images)
	}
	return list
}

func (t *tool) mounted() []verdict {
	if !t.usesDISM() {
		return skip(notUsed)
	}
	list := t.mountList()
	if !list.known {
		return one(Warning, "they can't be listed: "+list.why, fmt.Sprintf("Check with dism /Get-MountedImageInfo that no more than %d are mounted.", dism.MaxMounts))
	}
	var out []verdict
	ours := 0
	for _, m := range list.images {
		dir, status := m.Get("Mount Dir"), m.Get("Status")
		mine := under(t.Store, dir) || dism.Within(t.Store, dir)
		if mine {
			ours++
		}
		if status != "Ok" && !mine { // the next run of gild removes gild's own
			out = append(out, stale(dir, status))
		}
	}
	found := fmt.Sprintf("%d of at most %d are mounted, %d of them by gild for this configuration", list.count, dism.MaxMounts, ours)
	if list.count-ours >= dism.MaxMounts {
		return append(out, one(Error, found, "Unmount those that are not in use: dism /Get-MountedImageInfo lists them, dism /Unmount-Image /MountDir:FOLDER /Discard unmounts one.")...)
	}
	return append(out, one(Info, found, "")...)
}

func stale(dir, status string) verdict {
	v := verdict{severity: Warning, subject: dir, found: "the mounted image is in the state " + strconv.Quote(status)}
	v.remedy = "Discard it with dism /Unmount-Image /MountDir:" + dir + " /Discard, or, if that fails, with dism /Cleanup-Mountpoints: that discards all invalid mounts on this machine, and no valid ones."
	if status == "Needs Remount" {
		v.remedy = "Mount it again with dism /Remount-Image /MountDir:" + dir + ", or discard it with dism /Unmount-Image /MountDir:" + dir + " /Discard."
	}
	return v
}

// under reports whether a path is below a folder. Case and the kind of slashes do not matter.
func under(dir, name string) bool {
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	return strings.HasPrefix(fold(name), fold(dir)+"/")
}

func (t *tool) version() []verdict {
	if !t.usesDISM() {
		return skip(notUsed)
	}
	tool := t.mountList().tool
	if tool == "" {
		return skip("DISM does not report its version: " + t.mountList().why)
	}
	var out []verdict
	for _, img := range t.Images {
		if !img.DISM || img.Version == "" {
			continue
		}
		v := verdict{severity: Info, subject: img.Source, at: img.AtSource, found: fmt.Sprintf("DISM is %s, the image %s", tool, img.Version)}
		switch older, generation := olderThan(tool, img.Version); {
		case generation:
			v.severity = Error
		case older:
			v.severity = Warning
		}
		if v.severity != Info {
			v.remedy = "Use the DISM of the Windows ADK for the image's version, or a newer one, and set GILD_DISM to it."
		}
		out = append(out, v)
	}
	if out == nil {
		return one(Info, "DISM is "+tool, "")
	}
	return out
}

// sameCode maps builds that an enablement package makes of another build to that build, which is
// the version that DISM reports.
var sameCode = map[int]int{19042: 19041, 19043: 19041, 19044: 19041, 19045: 19041, 18363: 18362, 22631: 22621, 26200: 26100}

// olderThan reports whether a DISM is older than the Windows in an image, and whether it is of an
// earlier generation: Windows 7, 8 or 8.1.
func olderThan(tool, version string) (older, generation bool) {
	t, i := numbers(tool), numbers(version)
	if t[0] != i[0] || t[1] != i[1] {
		earlier := t[0] < i[0] || t[0] == i[0] && t[1] < i[1]
		return earlier, earlier
	}
	return code(t[2]) < code(i[2]), false
}

func code(build int) int {
	if of, ok := sameCode[build]; ok {
		return of
	}
	return build
}

// numbers parses major, minor and build; missing ones are 0.
func numbers(version string) (n [3]int) {
	for i, text := range strings.Split(version, ".") {
		if i < len(n) {
			n[i], _ = strconv.Atoi(text)
		}
	}
	return n
}
