// Package servicing reads what Component Based Servicing, the part of Windows
// that installs and removes its parts, keeps in an image: packages, the features
// in them, capabilities, and whether work is pending.
//
// Microsoft documents none of it. What is written in a form that is not known
// here is reported as such and never guessed.
package servicing

import "math"

const base = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`

// Unknown is the value of fields in an unknown form.
const Unknown = "unknown"

// State is how far a package is installed: the value CurrentState of its key.
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

// rank orders states by how much of the thing is there, to choose one of several
// packages that a feature or capability is in.
func (s State) rank() uint32 {
	switch s.String() {
	case Unknown, Superseded.String(): // a newer one counts
		return 0
	}
	return 1 + uint32(s)
}
