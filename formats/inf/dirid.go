package inf

import (
	"slices"
	"strconv"
	"strings"
)

// Directory identifiers that callers ask for ("Using dirids").
const (
	DiridAbsolute = -1 // the subdirectory is a full path
	DiridSource   = 1  // the folder of the INF that is installed
	DiridWindows  = 10
	DiridSystem   = 11 // System32
	DiridDrivers  = 12 // System32\drivers
	DiridStore    = 13 // the package's folder in the driver store
)

// dirids maps directory identifiers to paths below the root of the system
// volume; the empty path is the root itself. From 16384 on they are 16384 plus
// a CSIDL_… number of shlobj.h.
var dirids = map[int]string{
	10:    `Windows`,
	11:    `Windows\System32`,
	12:    `Windows\System32\drivers`,
	17:    `Windows\INF`,
	18:    `Windows\Help`,
	20:    `Windows\Fonts`,
	21:    `Windows\System32\viewers`,
	23:    `Windows\System32\spool\drivers\color`,
	24:    ``,
	25:    `Windows`,
	50:    `Windows\System`,
	51:    `Windows\System32\spool`,
	52:    `Windows\System32\spool\drivers`,
	16406: `ProgramData\Microsoft\Windows\Start Menu`,
	16407: `ProgramData\Microsoft\Windows\Start Menu\Programs`,
	16408: `ProgramData\Microsoft\Windows\Start Menu\Programs\StartUp`,
	16409: `Users\Public\Desktop`,
	16419: `ProgramData`,
	16420: `Windows`,
	16421: `Windows\System32`,
	16422: `Program Files`,
	16427: `Program Files\Common Files`,
	16429: `ProgramData\Microsoft\Windows\Templates`,
	16430: `Users\Public\Documents`,
	66002: `Windows\System32`,
	66003: `Windows\System32\spool\drivers\color`,
}

// wowDirids maps the identifiers of 32-bit programs' directories to their
// paths on 64-bit systems, and to what they are the same as on others.
var wowDirids = map[int]struct {
	path string
	same int
}{
	16425: {`Windows\SysWOW64`, 16421},
	16426: {`Program Files (x86)`, 16422},
	16428: {`Program Files (x86)\Common Files`, 16427},
}

// variableDirids are known, but their paths are not fixed: they depend on the
// source, the package, the disk layout, the user or the printer.
var variableDirids = map[int]bool{
	-1: true, 1: true, 13: true, 30: true, 53: true, 54: true, 55: true, 16415: true,
	66000: true, 66001: true, 66004: true,
}

// A Dest is a place in the installed system.
type Dest struct {
	Known  bool   // there is a directory identifier
	Dirid  int    // the directory identifier
	Subdir string // below it, with backslashes; may be empty
	Name   string // of the file
}

// Path returns the path below the root of the system volume, with backslashes:
// Windows\System32\drivers\x.sys. It is not ok for directories whose paths are
// not fixed, such as that of the package in the driver store, [DiridStore], nor for
// a path that leads out of its directory.
func (d Dest) Path(arch Arch) (path string, ok bool) {
	if !d.Known {
		return "", false
	}
	dir, ok := dirids[d.Dirid]
	if wow, is := wowDirids[d.Dirid]; is {
		dir, ok = wow.path, true
		if arch == X86 || arch == ARM {
			dir = dirids[wow.same]
		}
	}
	below := joinBackslash(d.Subdir, d.Name)
	if !ok || slices.Contains(strings.Split(below, `\`), "..") {
		return "", false
	}
	return joinBackslash(dir, below), true
}

// String is the place as an INF writes it: %12%\x.sys.
func (d Dest) String() string {
	dir := "%?%"
	if d.Known {
		dir = "%" + strconv.Itoa(d.Dirid) + "%"
	}
	return joinBackslash(dir, d.Subdir, d.Name)
}

// InStore reports whether the file is run from the driver store.
func (d Dest) InStore() bool { return d.Known && d.Dirid == DiridStore }

func joinBackslash(parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part = strings.Trim(strings.ReplaceAll(part, "/", `\`), `\`); part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, `\`)
}

// ParseDest reads a path such as %12%\x.sys. One that starts with no
// directory identifier is absolute.
func ParseDest(path string) Dest {
	d := Dest{Known: true, Dirid: DiridAbsolute}
	rest := path
	if strings.HasPrefix(path, "%") {
		id, after, closed := strings.Cut(path[1:], "%")
		if n, err := strconv.Atoi(id); closed && err == nil {
			d.Dirid, rest = canonicalDirid(n), after
		}
	}
	rest = strings.Trim(rest, `\`)
	at := strings.LastIndexByte(rest, '\\')
	d.Subdir, d.Name = rest[:max(at, 0)], rest[at+1:]
	return d
}

// canonicalDirid makes 65535 the -1 it stands for.
func canonicalDirid(n int) int {
	if n == 65535 {
		return DiridAbsolute
	}
	return n
}

// knownDirid reports whether an identifier is one that Windows defines.
func knownDirid(n int) bool {
	_, fixed := dirids[n]
	_, wow := wowDirids[n]
	return fixed || wow || variableDirids[n]
}
