package image

// FirstBoot is the queue of what the machine does by itself at its first start,
// when the image is deployed. The actions run as SYSTEM, one after the other.
type FirstBoot interface {
	// QueuedActions returns the actions in the order they will run in. A queue that
	// the machine would not start, because it is not whole, counts as empty.
	QueuedActions() ([]Action, error)
	// QueueAction adds an action, or replaces the one that has its ID.
	QueueAction(a Action) error
	// UnqueueAction removes an action. One that is not there gives an error that is
	// fs.ErrNotExist.
	UnqueueAction(id string) error
}

// Where the queue is in the image: what else is in the folder belongs to it, too.
// Of SetupComplete.cmd, which Windows Setup calls at its end, a few lines do.
const (
	// FirstBootFolder is where users can't make files, unlike in ProgramData.
	FirstBootFolder = "Windows/Setup/Scripts/gild"
	SetupComplete   = "Windows/Setup/Scripts/SetupComplete.cmd"
)

// Interpreter is what runs an action's script.
type Interpreter string

const (
	Cmd        Interpreter = "cmd"        // cmd.exe
	PowerShell Interpreter = "powershell" // Windows PowerShell, which every Windows with a desktop or a server's shell has
)

// Action is one piece of work at the first start.
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
	Restart     bool              // restart the machine after it, and go on then
	OKExitCodes []int             // those that stand for success; empty: 0
	GoOn        bool              // go on with the next action if this one fails
}
