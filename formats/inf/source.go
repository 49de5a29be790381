package inf

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// A PackageFile is a file the package must have for a target.
type PackageFile struct {
	Name string // as the INF has it
	// Path is where it lies, relative to the folder of the INF, with slashes.
	Path string
	// Cabinet is a cabinet that may hold the file instead, relative to the
	// folder of the INF; empty when none is named.
	Cabinet string
	Size    int64 // in bytes, as the INF says; 0 when it does not
	// Copies are what is done with it; none for an INF that CopyINF installs.
	Copies []Copy
	Line   int // that describes or first needs it
}

// sources finds files in the package ("INF SourceDisksFiles section", "INF
// SourceDisksNames section"). Lines of the architecture come first.
type sources struct {
	files []map[string]*Line // by name
	disks []map[string]*Line // by number
}

func (t *tables) newSources() *sources {
	s := &sources{}
	for _, suffix := range []string{"." + t.target.Arch.String(), ".$ARCH$", ""} {
		s.files = append(s.files, t.file.Section("SourceDisksFiles"+suffix).byKey())
		disks := map[string]*Line{}
		for key, l := range t.file.Section("SourceDisksNames" + suffix).byKey() {
			disks[diskNumber(key)] = l
		}
		s.disks = append(s.disks, disks)
	}
	return s
}

// diskNumber is the form of a disk's number that is the same in all spellings.
func diskNumber(text string) string {
	if n, err := parseUint(text); err == nil {
		return strconv.FormatUint(uint64(n), 10)
	}
	return fold(text)
}

func first(tables []map[string]*Line, key string) *Line {
	for _, table := range tables {
		if l := table[key]; l != nil {
			return l
		}
	}
	return nil
}

// locate tells where a file lies. It is not ok for a file that is not part of
// the package, but described by a layout file of Windows.
func (t *tables) locate(name string, line int) (f PackageFile, ok bool) {
	l := first(t.sources.files, fold(name))
	if l == nil && len(t.file.Version.LayoutFiles) > 0 {
		t.add(line, External, "file %s is not in [SourceDisksFiles], so %s of Windows has it", name, t.file.Version.LayoutFiles[0])
		return PackageFile{}, false
	}
	f = PackageFile{Name: name, Line: line, Path: name}
	if l == nil {
		t.add(line, MissingSource, "file %s is not in [SourceDisksFiles]: it is looked for next to the INF", name)
		f.Path = t.relative(line, name)
		return f, true
	}
	f.Line = l.Number
	size, err := strconv.ParseInt(strings.TrimSpace(l.Value(2)), 0, 64)
	if f.Size = size; l.Value(2) != "" && (err != nil || size < 0) {
		t.add(l.Number, BadValue, "file %s: %s is not a size in bytes", name, quote(l.Value(2)))
		f.Size = 0
	}
	disk := first(t.sources.disks, diskNumber(l.Value(0)))
	if disk == nil {
		t.add(l.Number, MissingSource, "file %s: disk %s is not in [SourceDisksNames]", name, quote(l.Value(0)))
		disk = &Line{}
	}
	if cabinet := disk.Value(1); strings.EqualFold(path.Ext(cabinet), ".cab") {
		f.Cabinet = t.relative(disk.Number, disk.Value(3), cabinet)
	}
	f.Path = t.relative(l.Number, disk.Value(3), l.Value(1), name)
	return f, true
}

// relative joins parts of a path in the package; one that leads out of it is
// a problem, and empty.
func (t *tables) relative(line int, parts ...string) string {
	var kept []string
	for _, part := range parts {
		for element := range strings.FieldsFuncSeq(part, func(c rune) bool { return c == '\\' || c == '/' }) {
			if element != "." {
				kept = append(kept, element)
			}
		}
	}
	joined := strings.Join(kept, "/")
	if !fs.ValidPath(joined) || strings.Contains(joined, ":") {
		t.add(line, BadValue, "path %s does not lead into the package", quote(joined))
		return ""
	}
	return joined
}
