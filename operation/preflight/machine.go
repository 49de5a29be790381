package preflight

import (
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
)

// Machine answers the questions of the checks about a machine. Tests have their own.
type Machine interface {
	// OS returns the operating system, as Go names it.
	OS() string
	// Arch returns the architecture of the operating system, as Go names it; empty: unknown.
	Arch() string
	// ProgramArch returns the architecture of a Windows program, as Go names it.
	ProgramArch(path string) (string, error)
	// Elevated reports whether gild has administrator rights.
	Elevated() (bool, error)
	// Privileges returns the states of [privilege.Needed]; nil: the system has no privileges.
	Privileges() (map[string]privilege.State, error)
	// WinPE reports whether the system is Windows PE.
	WinPE() (bool, error)
	Memory() (Memory, error)
	Antivirus() (Antivirus, error)
	// RegisteredMounts returns how many mounted images Windows has a record of.
	RegisteredMounts() (int, error)
	// MountDriver describes the driver that shows the content of mounted images.
	MountDriver() (MountDriver, error)
	// Deduplicated reports whether the volume of a path is deduplicated. On a Windows that
	// supports that, finding out takes administrator rights.
	Deduplicated(path string) (bool, error)
	// Controlled returns what Controlled Folder Access protects.
	Controlled() (Controlled, error)
	// Volume returns the volume that a path is on, or will be on.
	Volume(path string) (volume.Volume, error)
	// Access returns who may access a file, apart from its owner and administrators.
	Access(path string) (Access, error)
	// Writable returns an error if an existing file, or the folder of a new one,
	// can't be written to.
	Writable(path string) error
}

// remembering asks a machine once where a path is: several checks need to know, and images
// have a source in common.
type remembering struct {
	Machine
	known map[string]located
}

type located struct {
	volume.Volume
	err error
}

// Volume implements [Machine].
func (m remembering) Volume(path string) (volume.Volume, error) {
	l, ok := m.known[path]
	if !ok {
		l.Volume, l.err = m.Machine.Volume(path)
		m.known[path] = l
	}
	return l.Volume, l.err
}

// Memory is the memory of a machine, in bytes.
type Memory struct {
	Total int64
	Free  int64 // available to programs; negative: unknown
	Page  int64 // size of page files or swap; negative: unknown
}

// Antivirus is the configuration of Microsoft Defender. gild can't ask other programs.
type Antivirus struct {
	Active     bool     // scans files as they are used
	Exclusions []string // paths that it does not scan; may contain * for a folder's name
	Hidden     error    // why the exclusions can't be read; nil if they were
}

// Access says who may access a file, apart from its owner and administrators.
type Access struct {
	Read, Write []string
}
