// Package servicing reads the records of Component Based Servicing, the part of Windows
// that installs and removes its packages: [Packages], the [Features] in them,
// [Capabilities], and [ReadStatus], whether work is pending. It changes nothing; only
// DISM does.
//
// Microsoft does not document these records. Records in an unknown form are reported as
// such and never guessed.
package servicing

import "math"

const base = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`

// Unknown is the value of fields in an unknown form.
const Unknown = "unknown"

// State is the installation state of a package: the value CurrentState of its key.
type State uint32

// The states, in the order in which an installation passes them.
const (
	Absent             State = 0x00
	UninstallPending   State = 0x05
	Resolving          State = 0x10
	Resolved           State = 0x20
	Staging            State = 0x30
	Staged             State = 0x40
	Superseded         State = 0x50
	InstallPending     State = 0x60
	PartiallyInstalled State = 0x65
	Installed          State = 0x70
	Permanent          State = 0x80 // installed, and can't be removed

	// NoState is the state if the image has none.
	NoState State = math.MaxUint32
)

// String names the state as DISM does for packages and capabilities, in lower
// case with underscores; [Unknown] if it is none of those above.
func (s State) String() string {
	switch s {
	case Absent:
		return "not_present"
	case UninstallPending:
		return "uninstall_pending"
	case Resolving:
		return "resolving"
	case Resolved:
		return "resolved"
	case Staging:
		return "staging"
	case Staged:
		return "staged"
	case Superseded:
		return "superseded"
	case InstallPending:
		return "install_pending"
	case PartiallyInstalled:
		return "partially_installed"
	case Installed, Permanent:
		return "installed"
	}
	return Unknown
}

// Feature names the state as DISM does for features.
func (s State) Feature() string {
	switch s {
	case UninstallPending:
		return "disable_pending"
	case Resolved:
		return disabledWithPayloadRemoved
	case Staged:
		return disabled
	case InstallPending:
		return "enable_pending"
	case Installed, Permanent:
		return enabled
	}
	return s.String()
}

const (
	enabled                    = "enabled"
	disabled                   = "disabled"
	disabledWithPayloadRemoved = "disabled_with_payload_removed"
)

// rank orders states by how far a package is installed, to choose among several
// packages with one feature or capability.
func (s State) rank() uint32 {
	switch s.String() {
	case Unknown, Superseded.String(): // a newer one counts
		return 0
	}
	return 1 + uint32(s)
}
