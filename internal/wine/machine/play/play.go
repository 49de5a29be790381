// Package play has the messages between a test and the machine that it drives.
package play

// Programs are those that Wine does not have, or has as ones that do nothing, by
// their names in System32.
var Programs = []string{
	"certutil.exe", "changepk.exe", "cscript.exe", "dism.exe", "findstr.exe", "icacls.exe", "ping.exe", "pnputil.exe", "route.exe",
	"schtasks.exe", "shutdown.exe", `WindowsPowerShell\v1.0\powershell.exe`, "hex.exe",
}

// Play is what machine.exe plays.
type Play struct {
	Starts []Start
	// Results are states of jobs that the image brings along.
	Results map[string]string
}

// Start is one start of the machine.
type Start struct {
	Line   string            // arguments of cmd.exe
	Things map[string]Thing  // what is otherwise than at the start before
	Put    map[string]string // files, below C:\windows; without content: not there
	Events []Event
}

// Event is something that happens to the machine meanwhile.
type Event struct {
	After   int               // seconds that scripts have waited by then; the clock of the machine stands still otherwise
	Values  map[string]string // registry values, by key below HKEY_LOCAL_MACHINE, "|" and name: a number, a text, or nothing for one that goes
	Network bool              // there is a network from now on
}

// Thing is what a program works on: a feature by its name for DISM; "edition", whoever
// changes it; for any other program what has the program's name.
type Thing struct {
	State     string  // what DISM answers
	After     string  // the state when work is done; none: as before
	Restarted string  // the state after the next start; none: as before
	Exits     []int32 // what the program ends with at its first calls, which change nothing
	Exit      int32   // what it ends with then
	Hangs     bool    // it does not end
	Cuts      bool    // the machine is off before it ends, and what is to change has changed
}

// Told is how a start went.
type Told struct {
	Exit    int32
	Printed string
	Restart bool                         // a restart was asked for
	Off     bool                         // the machine went off meanwhile
	Waited  int                          // seconds that scripts have waited
	Task    bool                         // the task is there
	Calls   [][]string                   // programs, with their arguments
	Results map[string]map[string]string // values by key below FirstBoot; "" is that key itself
}
