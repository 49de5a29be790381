package preflight

import (
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
)

// Machine is what the checks ask about a machine. Tests have one of their own.
type Machine interface {
	// OS is the operating system, as Go names it.
	OS() string
	// Arch is the architecture of the operating system, as Go names it; empty: not known.
	Arch() string
	// ProgramArch is the architecture of a program of Windows, as Go names it.
	ProgramArch(path string) (string, error)
	// Elevated tells whether the program has administrator rights.
	Elevated() (bool, error)
	// Privileges returns the states of [privilege.Needed]; nil: the system has no
	// privileges.
	Privileges() (map[string]privilege.State, error)
	// WinPE tells whether the system is Windows PE.
	WinPE() (bool, error)
	Memory() (Memory, error)
	Antivirus() (Antivirus, error)
	// RegisteredMounts counts the mounted images that Windows has a record of.
	RegisteredMounts() (int, error)
	// MountDriver tells of the driver that shows the content of mounted images.
	MountDriver() (MountDriver, error)
	// Deduplicated tells whether the volume of a path is deduplicated. Where Windows can
	// do that, administrator rights are needed to tell.
	Deduplicated(path string) (bool, error)
	// Controlled returns what Controlled Folder Access protects.
	Controlled() (Controlled, error)
	// Volume returns the volume that a path is on, or will be.
	Volume(path string) (volume.Volume, error)
	// Access tells who may access a file, apart from its owner and administrators.
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
	Free  int64 // available to programs; negative: not known
	Page  int64 // size of page files or swap; negative: not known
}

// Antivirus is the configuration of Microsoft Defender. Other programs can't be
// asked.
type Antivirus struct {
	Active     bool     // scans files as they are used
	Exclusions []string // paths it does not scan; may contain * for a folder's name
	Hidden     error    // why the exclusions can't be read; nil if they were
}

// Access is who may access a file, apart from its owner and administrators.
type Access struct {
	Read, Write []string
}
