package image

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IDs and names of variables have no characters with a meaning in cmd.exe.
var (
	actionID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// takenNames are variables that cmd.exe itself needs.
const takenNames = " CD CMDCMDLINE CMDEXTVERSION COMSPEC DATE ERRORLEVEL RANDOM SYSTEMROOT TIME "

// Check returns why an action can't be queued, nil if it can.
func (a Action) Check() error {
	if !actionID.MatchString(a.ID) {
		return fmt.Errorf("action %q: the ID must begin with a letter or digit and consist of up to 64 ASCII letters, digits, dots, hyphens and underscores", a.ID)
	}
	if err := a.check(); err != nil {
		return fmt.Errorf("action %q: %w", a.ID, err)
	}
	return nil
}

const (
	maxScript    = 16 << 20 // size of the largest script
	maxExitCodes = 256      // all go into one line of a batch file
	maxLimit     = 7 * 24 * 60
)

func (a Action) check() error {
	switch {
	case a.Order < 0 || a.Order > 999:
		return fmt.Errorf("order %d is not in the range from 0 to 999", a.Order)
	case a.Interpreter != Cmd && a.Interpreter != PowerShell:
		return fmt.Errorf("interpreter %q is neither %q nor %q", a.Interpreter, Cmd, PowerShell)
	case len(a.Script) > maxScript:
		return fmt.Errorf("the script has %d bytes, more than %d", len(a.Script), maxScript)
	case !utf8.ValidString(a.Title) || strings.ContainsFunc(a.Title, unicode.IsControl):
		return fmt.Errorf("the title contains control characters or is not UTF-8")
	}
	if n := len(a.OKExitCodes); n > maxExitCodes {
		return fmt.Errorf("there are %d exit codes for success, more than %d; let the script end with one of a few", n, maxExitCodes)
	}
	switch {
	case a.When != AtOnce && a.When != AfterSetup && a.When != WithNetwork:
		return fmt.Errorf("an action can't wait for %q", a.When)
	case a.When != AtOnce && !a.Confirm:
		return fmt.Errorf("an action that waits must be able to report whether there is anything to do")
	case a.Limit < 0 || a.Limit > maxLimit:
		return fmt.Errorf("a limit of %d minutes is not in the range from 0 to %d", a.Limit, maxLimit)
	case len(a.Passing) > maxExitCodes:
		return fmt.Errorf("there are %d exit codes for transient failures, more than %d", len(a.Passing), maxExitCodes)
	}
	for _, code := range slices.Concat(a.OKExitCodes, a.Passing) {
		if code < math.MinInt32 || code > math.MaxInt32 {
			return fmt.Errorf("exit code %d does not fit into a signed 32-bit number", code)
		}
	}
	if a.Confirm && slices.Contains(a.OKExitCodes, ExitRestart) {
		return fmt.Errorf("exit code %d can't mean both success and a request for a restart", ExitRestart)
	}
	for _, p := range a.Payloads {
		if err := p.Check(); err != nil {
			return err
		}
	}
	for name, value := range a.Environment {
		if err := CheckVariable(name, value); err != nil {
			return err
		}
	}
	return nil
}

// Names of payload files have only characters that may be in a file name and have no
// meaning in cmd.exe inside quotation marks.
var payloadName = regexp.MustCompile(`^[A-Za-z0-9 ~._+,;=@#$()\[\]{}&-]+(/[A-Za-z0-9 ~._+,;=@#$()\[\]{}&-]+)*$`)

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Check returns why an action can't have the payload, nil if it can.
func (p Payload) Check() error {
	if len(p.Files) == 0 {
		return fmt.Errorf("a payload contains no files")
	}
	seen := map[string]bool{}
	for _, f := range p.Files {
		clean, err := CleanPath(f.Name)
		switch {
		case !payloadName.MatchString(f.Name) || err != nil || clean != f.Name:
			return fmt.Errorf("payload %q: the name of a file for the first boot must consist of ASCII letters, digits, spaces and punctuation without a meaning in cmd.exe; rename the file", f.Name)
		case len(f.Name) > 180:
			return fmt.Errorf("payload %q: the name has %d characters, more than 180", f.Name, len(f.Name))
		case f.Size < 0 || !digestForm.MatchString(f.SHA256):
			return fmt.Errorf("payload %q: size %d and digest %q are not those of a file", f.Name, f.Size, f.SHA256)
		case seen[strings.ToLower(f.Name)]:
			return fmt.Errorf("payload %q is listed twice", f.Name)
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return nil
}

// CheckVariable returns why a script can't have the variable. The error does not
// contain the value.
func CheckVariable(name, value string) error {
	switch {
	case !variable.MatchString(name):
		return fmt.Errorf("variable %q: a name begins with a letter or underscore and consists of up to 128 ASCII letters, digits and underscores", name)
	case strings.HasPrefix(strings.ToUpper(name), "GILD_") || strings.Contains(takenNames, " "+strings.ToUpper(name)+" "):
		return fmt.Errorf("variable %q: first-boot.cmd or cmd.exe itself needs the name; choose another", name)
	case value == "":
		return fmt.Errorf("variable %q: the value is empty, and Windows has no empty variables", name)
	case len(value) > 2000:
		return fmt.Errorf("variable %q: the value has %d bytes, more than 2000", name, len(value))
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) || strings.Contains(value, `"`):
		return fmt.Errorf("variable %q: the value contains a quotation mark, a line break or another control character, which a batch file can't set", name)
	}
	return nil
}

// maxRemark keeps a remark's line below cmd.exe's limit of 8191 characters ("Command
// prompt line string limitation").
const maxRemark = 1000

// Remark returns the text in a form that may follow rem in a batch file: characters
// that have a meaning in cmd.exe even there, or that depend on its code page, become
// dots.
func Remark(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() == maxRemark {
			break
		}
		if r < ' ' || r > '~' || strings.ContainsRune("%^&|<>@/", r) {
			r = '.'
		}
		b.WriteRune(r)
	}
	return b.String()
}
