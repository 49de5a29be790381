// Package fault knows the errors of DISM: what a code means, what to do about it,
// and what may be done with the image after it.
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
	Step    Class = "step"    // the step failed; what the image holds has to be read again before anything else
	Retry   Class = "retry"   // something else was in the way: the same may work in a moment
	Again   Class = "again"   // the same may work in another process of DISM; if not, the step failed
	Reopen  Class = "reopen"  // the session is of no use any more; the image is
	Discard Class = "discard" // the mounted image can't be trusted: back to the last checkpoint
	Start   Class = "start"   // nothing has been done yet: what DISM was asked or given is wrong
)

// Fault is an error of DISM.
type Fault struct {
	Code    uint32 // Win32 error, HRESULT or status, as dism.exe exits with it
	Name    string // symbolic name; empty if it has none
	Meaning string // what happened, as part of a sentence
	Remedy  string // what to do about it, in sentences; empty if there is nothing to say
	Class   Class
}

// RebootRequired is the exit code of success when the work ends with a restart:
// for an image that is not running, at its first boot.
const RebootRequired = 3010

// Of returns what is known of an exit code. An HRESULT that wraps a Win32 error
// ([MS-ERREF] §2.1.2) is that error.
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

// OfMount is Of for a command that mounts an image: what DISM does not support then is not a
// change of the image, but the volume.
func OfMount(code uint32) Fault {
	if unwrapped(code) != 50 {
		return Of(code)
	}
	f := Of(0x80070032)
	f.Code = code
	return f
}

const unknown = "an error that has no entry here"

// Known tells whether there is more to say of the error than its code.
func (f Fault) Known() bool { return f.Meaning != unknown }

// Died is what is to be made of a DISM that ended with a code that is none of its own
// and printed no error: it was ended from outside, as by the task manager or an
// antivirus program, or it crashed. The code is then that of the process, as 1, or a
// status of Windows, as 0xc0000005 ([MS-ERREF] §2.3.1).
func Died(code uint32) Fault {
	return Fault{Code: code, Meaning: "DISM died without any output: it was ended, or it crashed",
		Remedy: "Look in the event log of this machine for what ended it. " + exclude, Class: Reopen}
}

// All returns the errors that are known, by code.
func All() []Fault { return slices.Clone(faults) }

// unwrapped returns the Win32 error in an HRESULT of that facility, 0x8007xxxx.
func unwrapped(code uint32) uint32 {
	if code>>16 == 0x8007 {
		return code & 0xffff
	}
	return code
}

// Passing tells whether the error is transient once the image is opened again.
func (f Fault) Passing() bool {
	return f.Class == Retry || f.Class == Reopen || slices.Contains(passing, f.Code)
}

// passing are the errors of class [Discard] that say something of the moment: the
// servicing stack took too long, was ended, or lost the mounted image.
var passing = []uint32{
	0x800f0820, 0x800f0821, 0x800f0841, 0x800f0920,
	0xc1420111, 0xc142011d, 0xc142011e, 0xc1420120, 0xc1420122, 0xc1420123, 0xc1420124, 0xc1510115,
}

// Silent is what is to be made of a DISM that was ended, as it had printed nothing for a
// time. The code is that of a process that timed out ([MS-ERREF] §2.2).
func Silent(after time.Duration) Fault {
	return Fault{Code: 1460, Name: "ERROR_TIMEOUT", Meaning: fmt.Sprintf("DISM printed nothing for %s, and was ended", after),
		Remedy: "If it may take longer, let timeout in the block dism allow for it. " + exclude, Class: Reopen}
}

// Full tells whether the error is that of a disk without room.
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
