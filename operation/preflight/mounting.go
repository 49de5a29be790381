package preflight

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf16"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/dism"
)

// MountDriver describes the driver that shows the content of mounted images: WIMMount.
type MountDriver struct {
	Container bool // the system is a Windows container, which can't load the driver
	Missing   bool // Windows has no record of it
	Disabled  bool
}

// Controlled is what Controlled Folder Access of Microsoft Defender protects.
type Controlled struct {
	Active  bool     // it blocks programs; false also if it only logs what they do
	Folders []string // may contain * for the name of one folder
	Allowed []string // programs that may change files there
}

// mountDriver checks the driver. In a container, mounting always fails ("Usage of DISM fails
// inside container due to missing device driver",
// github.com/microsoft/Windows-Containers/issues/494).
func (t *tool) mountDriver() []verdict {
	if t.Machine.OS() != onWindows {
		return skip("only Windows has it")
	}
	if !t.usesDISM() {
		return skip(notUsed)
	}
	const elsewhere = "Run gild on a physical or virtual machine, or set the image's backend to \"offline\"."
	d, err := t.Machine.MountDriver()
	switch {
	case err != nil:
		return one(Warning, "it can't be examined: "+err.Error(), "Check with sc query WIMMount that Windows has it.")
	case d.Container:
		return one(Error, "this is a Windows container, which has no such driver", elsewhere)
	case d.Disabled:
		return one(Error, "the driver WIMMount is disabled", "Enable it with administrator rights: sc config WIMMount start= demand.")
	case d.Missing:
		return one(Warning, "Windows has no driver WIMMount", "Install it with the Deployment Tools of the Windows ADK. "+elsewhere)
	}
	return one(Info, "Windows has the driver WIMMount", "")
}

// mountPlaces checks the folders in which images are mounted or serviced, and where DISM puts
// temporary files.
func (t *tool) mountPlaces() []verdict {
	if t.Machine.OS() != onWindows {
		return skip("only Windows mounts images")
	}
	if !t.usesDISM() {
		return skip(notUsed)
	}
	type folder struct{ path, remedy string }
	mounted := []folder{{dism.MountFolder(t.Store), "Set GILD_DATA_DIR to a folder"}}
	for _, img := range t.Images {
		if img.DISM && img.Target && img.Source != "" {
			mounted = append(mounted, folder{img.Source, "Mount or apply the image to a folder"})
		}
	}
	var out []verdict
	say := func(f folder, s Severity, found, where string) {
		out = append(out, verdict{severity: s, subject: f.path, found: found, remedy: f.remedy + " " + where + "."})
	}
	for _, f := range mounted {
		deduplicated, err := t.Machine.Deduplicated(f.path)
		switch {
		case err != nil:
			out = append(out, verdict{severity: Skipped, subject: f.path, found: "gild can't find out whether its volume is deduplicated: " + err.Error()})
		case deduplicated:
			say(f, Error, "its volume is deduplicated, and mounting fails there with 0x80070032", "on an NTFS volume without deduplication")
		}
		switch n := len(utf16.Encode([]rune(f.path))); {
		case n+insideStore > maxFolder:
			say(f, Error, fmt.Sprintf("its path has %d characters: folders of the component store in it would have %d, and Windows' own programs take %d", n, n+insideStore, maxFolder), "whose path is shorter")
		case n+insideStore+insideComponent > maxFile:
			say(f, Warning, fmt.Sprintf("its path has %d characters: files of the component store in it can have %d, and some of Windows' own programs take %d", n, n+insideStore+insideComponent, maxFile), "whose path is shorter")
		}
	}
	places := mounted
	for _, dir := range t.Scratch {
		places = append(places, folder{dir, "Name a folder in the block scratch"})
	}
	controlled, err := t.Machine.Controlled()
	if err != nil {
		out = append(out, one(Warning, "gild can't find out what Controlled Folder Access protects: "+err.Error(), "Make sure that it protects none of the folders in which DISM works.")...)
	}
	allowed := slices.ContainsFunc(controlled.Allowed, func(p string) bool { return fold(p) == fold(t.DISM.Path) })
	for _, f := range places {
		if controlled.Active && !allowed && excluded(controlled.Folders, f.path) {
			say(f, Warning, "Controlled Folder Access protects it: DISM, which is not among the programs it allows, fails there with 0xc1510111", "outside of what it protects, as C:\\gild, or allow dism.exe, DismHost.exe and gild.exe to change files there")
		}
	}
	if out == nil {
		return one(Info, "images can be mounted in "+filepath.Dir(filepath.Dir(mounted[0].path)), "")
	}
	return out
}

// Lengths of paths in a mounted image. The name of a folder in Windows\WinSxS consists of the
// parts of a component's identity, as in
// amd64_microsoft-windows-t..nputpersonalization_31bf3856ad364e35_10.0.19041.746_none_1da55dc225237a0d:
// architecture (5), name, shortened to 40, public key token (16), version (15), language,
// shortened to 8, and digits (16), with five underscores. Names of files in these folders have no
// limit of their own; 64 is gild's guess for a long one. Windows accepts paths of up to 259
// characters from programs that do not ask for more, and of up to 247 for folders, which leaves
// space for a short name: "Maximum Path Length Limitation".
const (
	insideStore     = len(`\Windows\WinSxS\`) + 5 + 40 + 16 + 15 + 8 + 16 + 5
	insideComponent = 1 + 64
	maxFile         = 259
	maxFolder       = 247
)

// filterIn returns the name of the filter in an INSTANCE_FULL_INFORMATION (fltUserStructures.h),
// or an empty text if it is cut short. After the four bytes of the offset of the next structure
// there are four texts, each given by its length and offset, in bytes, of two bytes each: the
// names of the instance, the altitude, the volume and the filter.
func filterIn(information []byte) string {
	const at = 4 + 3*4
	if len(information) < at+4 {
		return ""
	}
	length, offset := int(binary.LittleEndian.Uint16(information[at:])), int(binary.LittleEndian.Uint16(information[at+2:]))
	if offset+length > len(information) {
		return ""
	}
	return nt.DecodeUTF16(information[offset : offset+length])
}
