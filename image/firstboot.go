package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// FirstBoot is the queue of work for the first boot, when the image is deployed.
// The actions run as SYSTEM, one after the other. [Files] shows a change of the queue
// after [Session.Commit] only, as it does with the registry.
type FirstBoot interface {
	// QueuedActions returns the actions in the order they will run in. An
	// incomplete queue, which the machine would not start, counts as empty. The
	// list is shared and must not be changed.
	QueuedActions() ([]Action, error)
	// Queueable returns an error if no action can be added to this image.
	Queueable() error
	// QueueAction adds an action, or replaces the one that has its ID.
	QueueAction(a Action) error
	// UnqueueAction removes an action. If it is not there, the error is
	// fs.ErrNotExist.
	UnqueueAction(id string) error
}

// Where the queue is in the image. The queue owns the whole folder, and a few lines of
// SetupComplete.cmd, which Windows Setup calls at its end.
const (
	// FirstBootFolder is a place where users can't create files, unlike
	// ProgramData.
	FirstBootFolder = "Windows/Setup/Scripts/gild"
	SetupComplete   = "Windows/Setup/Scripts/SetupComplete.cmd"
)

// IsUTF16 reports whether a script is in UTF-16, with a byte order mark or without.
// cmd.exe can't run such a script.
func IsUTF16(script []byte) bool {
	if bytes.HasPrefix(script, []byte("\xff\xfe")) || bytes.HasPrefix(script, []byte("\xfe\xff")) {
		return true
	}
	head := script[:min(len(script), 200)]
	zeros := bytes.Count(head, []byte{0})
	return zeros > 0 && zeros >= len(head)/3
}

// Interpreter is the program that runs an action's script.
type Interpreter string

const (
	Cmd        Interpreter = "cmd"        // cmd.exe
	PowerShell Interpreter = "powershell" // Windows PowerShell, which every Windows except Windows PE and Nano Server has
)

// Action is one piece of work at the first boot.
type Action struct {
	// ID names the action in the queue, in the log and where the machine records the
	// result. It consists of ASCII letters, digits, dots, hyphens and underscores,
	// begins with a letter or digit and has up to 64 of them; upper and lower case
	// do not matter.
	ID          string
	Order       int    // 0 to 999: lower ones run first, equal ones by ID
	Title       string // for people; may be empty
	Interpreter Interpreter
	Script      []byte            // the script's file, byte for byte
	Environment map[string]string // variables the script is given; may hold secrets
	Restart     bool              // restart the machine after the action, then continue; with Confirm only if the action asks for it
	OKExitCodes []int             // exit codes for success; empty: 0
	GoOn        bool              // continue with the next action if this one fails

	// Confirm says that exit code [ExitRestart] means: done when the machine has
	// restarted. After the restart the action runs again, to confirm that with an exit
	// code for success. The machine restarts before the next action that is not Beside,
	// or at the end of the queue, so that several actions share one restart.
	Confirm bool
	Beside  bool // may run while actions before it wait for a restart

	// When is what the action waits for; all later actions wait, too. Only with Confirm:
	// the action first runs once with the variable [AskVariable] set, and ends with
	// [ExitLater] if there is anything to do.
	When When
	// Limit is the number of minutes after which the action is ended, with all programs
	// it has started, and fails with [ExitTimeout]; 0: no limit.
	Limit int
	// Passing are exit codes of transient failures: the action is retried after a
	// pause, several times, and at the next starts.
	Passing []int

	Payloads []Payload // folders with files it needs
}

// When is what an action waits for.
type When string

const (
	AtOnce      When = ""        // nothing: Windows Setup may still be at work
	AfterSetup  When = "setup"   // the end of Windows Setup with its questions; of first log-on commands and enrolment, which a restart would cut off
	WithNetwork When = "network" // the end of Windows Setup, and a network
)

// ExitTimeout is ERROR_TIMEOUT ([MS-ERREF] §2.2).
const ExitTimeout = 1460

// ExitLater is ERROR_RETRY ([MS-ERREF] §2.2).
const ExitLater = 1237

// AskVariable is set when an action must only report whether there is anything to do, and
// do nothing.
const AskVariable = "GILD_ASK"

// ExitRestart is ERROR_SUCCESS_REBOOT_REQUIRED ([MS-ERREF] §2.2).
const ExitRestart = 3010

// Payload is a folder with files for actions. The image holds a payload of several
// actions once. It is removed from the image when no action needs it any more, and from
// the machine when all actions that need it have succeeded.
type Payload struct {
	Files []PayloadFile // in any order, each name once
}

// PayloadFile is a file of a [Payload].
type PayloadFile struct {
	Name   string // below the folder, with slashes; printable ASCII
	Size   int64  // bytes
	SHA256 string // hexadecimal, in lower case
	// Open opens the content. It is nil in payloads read from a queue, and may be
	// nil if the image has the file already.
	Open func() (io.ReadCloser, error)
}

// PayloadVariable is the environment variable with the queue's folder, for scripts
// of actions.
const PayloadVariable = "GILD_DIR"

// ID names the payload by its content: 20 hexadecimal digits.
func (p Payload) ID() string {
	lines := make([]string, len(p.Files))
	for i, f := range p.Files {
		lines[i] = fmt.Sprintf("%s %d %s\n", strings.ToLower(f.Name), f.Size, f.SHA256)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:10])
}

// Folder is where the files are in the image.
func (p Payload) Folder() string { return FirstBootFolder + "/payload/" + p.ID() }

// Path is the path of a payload file on the machine, in the form for a script; with an
// empty name that of the folder itself.
func (p Payload) Path(name string) string {
	path := `%` + PayloadVariable + `%\payload\` + p.ID()
	if name != "" {
		path += `\` + strings.ReplaceAll(name, "/", `\`)
	}
	return path
}

// Size is the size of all files.
func (p Payload) Size() int64 {
	var n int64
	for _, f := range p.Files {
		n += f.Size
	}
	return n
}
