// Package fault has a table of DISM's errors: what a code means, what to do about it,
// and what may be done with the image after it. [Of] returns the entry of an exit code.
//
// Documents: WinError.h, CbsApi.h and DismApi.h of the Windows SDK and ADK for
// names and numbers; "DISM API: errors", "Repair a Windows image" and "Update
// Windows installation media with Dynamic Update" for remedies.
package fault

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Class is what may be done after an error.
type Class string

const (
	Step    Class = "step"    // the step failed; the image has to be read again before anything else
	Retry   Class = "retry"   // another program was in the way: a retry may succeed
	Again   Class = "again"   // a new process of DISM may succeed; if not, the step failed
	Reopen  Class = "reopen"  // the session is unusable; the image is not
	Discard Class = "discard" // the mounted image can't be trusted: back to the last checkpoint
	Start   Class = "start"   // nothing has been done: a wrong command or input
)

// Fault is an error of DISM.
type Fault struct {
	Code    uint32 // exit code of dism.exe: Win32 error, HRESULT or status
	Name    string // symbolic name; empty if it has none
	Meaning string // what happened, as part of a sentence
	Remedy  string // what to do about it, in sentences; empty if there is nothing to say
	Class   Class
}

// RebootRequired is the exit code for success with a pending restart: for an offline
// image, its first boot.
const RebootRequired = 3010

// Of returns the entry of an exit code. An HRESULT that wraps a Win32 error ([MS-ERREF]
// §2.1.2) is that error.
func Of(code uint32) Fault {
	for _, c := range []uint32{code, unwrapped(code)} {
		if i, found := slices.BinarySearchFunc(faults, c, func(f Fault, c uint32) int { return cmp.Compare(f.Code, c) }); found {
			f := faults[i]
			f.Code = code
			return f
		}
	}
	return Fault{Code: code, Meaning: unknown, Class: Step}
}

// OfMount is Of for a command that mounts an image: there "not supported" is about the
// volume, not about a change of the image.
func OfMount(code uint32) Fault {
	if unwrapped(code) != 50 {
		return Of(code)
	}
	f := Of(0x80070032)
	f.Code = code
	return f
}

const unknown = "an error that has no entry here"

// Known reports whether the table has an entry for the error.
func (f Fault) Known() bool { return f.Meaning != unknown }

// Died is the fault of a DISM that ended with an unknown code and printed no error: it
// crashed, or the task manager or an antivirus program ended it. The code is then that
// of the process, such as 1, or a status of Windows, such as 0xc0000005 ([MS-ERREF]
// §2.3.1).
func Died(code uint32) Fault {
	return Fault{Code: code, Meaning: "DISM died without any output: it was ended, or it crashed",
		Remedy: "Look in the event log of this machine for what ended it. " + exclude, Class: Reopen}
}

// All returns all entries, by code.
func All() []Fault { return slices.Clone(faults) }

// unwrapped returns the Win32 error in an HRESULT of FACILITY_WIN32, 0x8007xxxx.
func unwrapped(code uint32) uint32 {
	if code>>16 == 0x8007 {
		return code & 0xffff
	}
	return code
}

// Passing reports whether the error is transient once the image is opened again.
func (f Fault) Passing() bool {
	return f.Class == Retry || f.Class == Reopen || slices.Contains(passing, f.Code)
}

// passing are the transient errors of class [Discard]: the servicing stack took too
// long, was ended, or lost the mounted image.
var passing = []uint32{
	0x800f0820, 0x800f0821, 0x800f0841, 0x800f0920,
	0xc1420111, 0xc142011d, 0xc142011e, 0xc1420120, 0xc1420122, 0xc1420123, 0xc1420124, 0xc1510115,
}

// Silent is the fault of a DISM that gild ended because it printed nothing for a time.
// The code is ERROR_TIMEOUT ([MS-ERREF] §2.2).
func Silent(after time.Duration) Fault {
	return Fault{Code: 1460, Name: "ERROR_TIMEOUT", Meaning: fmt.Sprintf("DISM printed nothing for %s, and was ended", after),
		Remedy: "If DISM may be silent for longer, raise timeout in the block dism. " + exclude, Class: Reopen}
}

// Full reports whether the error is that of a disk without room.
func (f Fault) Full() bool { return slices.Contains([]uint32{39, 112, 0x800f0828}, unwrapped(f.Code)) }

// Text returns the code as DISM writes it: small ones are decimal numbers.
func (f Fault) Text() string {
	if f.Code < 1<<16 {
		return fmt.Sprint(f.Code)
	}
	return fmt.Sprintf("0x%08x", f.Code)
}

// String is the code, its name and what it means.
func (f Fault) String() string {
	if f.Name == "" {
		return f.Text() + ": " + f.Meaning
	}
	return f.Text() + " (" + f.Name + "): " + f.Meaning
}
