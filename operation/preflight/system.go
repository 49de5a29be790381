package preflight

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/size"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

const onWindows = "windows"

// system checks the account, the memory and the antivirus program.
type system struct {
	*Input
	tool *tool
}

func (s *system) elevation() []verdict {
	if s.Machine.OS() != onWindows {
		return skip("only Windows has them")
	}
	if !s.usesDISM() {
		return skip(notUsed)
	}
	elevated, err := s.Machine.Elevated()
	switch {
	case err != nil:
		return one(Warning, "they can't be determined: "+err.Error(), "Start gild from a terminal that was opened with \"Run as administrator\".")
	case !elevated:
		return one(Error, "gild runs without them", "Start gild from a terminal that was opened with \"Run as administrator\". Planning needs no such rights, nor does the backend \"offline\".")
	}
	return one(Info, "gild has them", "")
}

// privileges checks that the account has the privileges. gild enables them when it begins to
// write.
func (s *system) privileges() []verdict {
	if s.Machine.OS() != onWindows {
		return skip("only Windows has them")
	}
	if !s.usesDISM() && !slices.ContainsFunc(s.Images, func(img Image) bool { return img.Target }) {
		return skip("no image is serviced in a folder here")
	}
	states, err := s.Machine.Privileges()
	if err != nil {
		return one(Warning, "they can't be determined: "+err.Error(), "Start gild from a terminal that was opened with \"Run as administrator\".")
	}
	var missing, told []string
	for _, name := range privilege.Needed() {
		switch states[name] {
		case privilege.Missing:
			missing = append(missing, name)
			told = append(told, name+" is missing")
		case privilege.Disabled:
			told = append(told, name+" is available, and gild enables it when it begins to write")
		default:
			told = append(told, name+" is enabled")
		}
	}
	if missing != nil {
		return one(Warning, strings.Join(told, ", "), privilege.Remedy(missing))
	}
	return one(Info, strings.Join(told, ", "), "")
}

// antivirus checks the folders in which DISM works.
func (s *system) antivirus() []verdict {
	if s.Machine.OS() != onWindows {
		return skip("gild can't ask antivirus programs on this system")
	}
	if !s.usesDISM() {
		return skip(notUsed)
	}
	const others = "gild can't find out whether another antivirus program runs; if one does, exclude these folders there, too."
	a, err := s.Machine.Antivirus()
	folders := s.dismFolders()
	scanned := slices.DeleteFunc(slices.Clone(folders), func(dir string) bool { return excluded(a.Exclusions, dir) })
	list := strings.Join(scanned, ", ")
	switch {
	case err != nil:
		return one(Warning, "Microsoft Defender can't be asked: "+err.Error(), "Exclude "+strings.Join(folders, ", ")+" from being scanned while gild works.")
	case !a.Active:
		return one(Info, "Microsoft Defender does not scan files as they are used. "+others, "")
	case len(scanned) == 0:
		return one(Info, "Microsoft Defender excludes "+strings.Join(folders, ", ")+". "+others, "")
	case a.Hidden != nil:
		return one(Warning, "Microsoft Defender scans files as they are used, and its exclusions can't be read: "+a.Hidden.Error(),
			"Check with administrator rights whether it excludes "+list+".")
	}
	quoted := make([]string, len(scanned))
	for i, dir := range scanned {
		quoted[i] = "'" + strings.ReplaceAll(dir, "'", "''") + "'"
	}
	return one(Warning, "Microsoft Defender scans files in "+list+" as they are used",
		"Exclude them while gild works, in PowerShell: Add-MpPreference -ExclusionPath "+strings.Join(quoted, ", "))
}

// dismFolders returns the folders in which DISM works: the store with working images and mount
// folders, those for temporary files, and images serviced in place.
func (s *system) dismFolders() []string {
	folders := append([]string{s.Store}, s.Scratch...)
	for _, img := range s.Images {
		if img.DISM && img.Target && img.Source != "" {
			folders = append(folders, img.Source)
		}
	}
	var out []string
	for _, dir := range folders {
		if !slices.ContainsFunc(out, func(o string) bool { return fold(o) == fold(dir) }) {
			out = append(out, dir)
		}
	}
	return out
}

// excluded reports whether a path, in Windows' form, is one of the exclusions or below one. A *
// matches the name of one folder.
func excluded(list []string, name string) bool {
	parts := strings.Split(fold(name), "/")
	for _, e := range list {
		wanted := strings.Split(fold(e), "/")
		if len(wanted) > len(parts) || e == "" {
			continue
		}
		all := true
		for i, w := range wanted {
			match, err := path.Match(w, parts[i])
			all = all && err == nil && match
		}
		if all {
			return true
		}
	}
	return false
}

func fold(name string) string {
	return strings.TrimRight(strings.ToLower(strings.ReplaceAll(name, `\`, "/")), "/")
}

// leastMemory is the free memory that DISM needs in Windows PE ("DISM Best Practices",
// "Insufficient memory on Windows PE").
const leastMemory = 256 * mib

func (s *system) winpe() []verdict {
	pe, err := s.Machine.WinPE()
	switch {
	case err != nil:
		return one(Warning, "gild can't find out whether this is Windows PE: "+err.Error(), "In Windows PE, check memory, page file and scratch folder yourself.")
	case !pe:
		return skip("this is not Windows PE")
	}
	var out []verdict
	m, err := s.Machine.Memory()
	switch {
	case err != nil:
		out = one(Warning, "its memory can't be determined: "+err.Error(), "Make sure that 256 MB are free.")
	default:
		if m.Free >= 0 && m.Free < leastMemory {
			out = append(out, one(Error, size.Text(m.Free)+" of memory are free", "Close other programs, or use a machine with more memory: DISM needs 256 MB of free memory.")...)
		}
		if m.Page == 0 {
			out = append(out, one(Warning, "there is no page file", `Create one on a disk, with wpeutil CreatePageFile /path=D:\pagefile.sys /size=1024.`)...)
		}
	}
	if v, only := memoryDisk(s.scratchRoots()); only {
		out = append(out, verdict{severity: Error, subject: s.Store, found: "scratch is in the memory disk " + v.Root + ", of which " + size.Text(v.Free) + " are free",
			remedy: "Set GILD_DATA_DIR, or dirs in the block scratch, to a folder on a disk with free space."})
	}
	if out == nil {
		return one(Info, "memory, page file and scratch folder are as DISM needs them", "")
	}
	return out
}

// perMount is the memory to allow for each mounted image. Microsoft gives no number; the list of
// files of a large image takes this much.
const perMount = 64 * mib

func (s *system) memory() []verdict {
	m, err := s.Machine.Memory()
	if err != nil || m.Free < 0 {
		return skip("free memory can't be determined on this system")
	}
	need := int64(leastMemory)
	if s.usesDISM() {
		if mounts := s.tool.mountList(); mounts.known {
			need += int64(mounts.count+1) * perMount
		}
	}
	found := fmt.Sprintf("%s of %s are free", size.Text(m.Free), size.Text(m.Total))
	if m.Free < need && s.usesDISM() {
		return one(Warning, found, "Close other programs, or unmount images that are not in use: "+size.Text(need)+" should be free.")
	}
	return one(Info, found, "")
}
