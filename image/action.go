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

// The characters of IDs and of variables' names mean nothing to cmd.exe.
var (
	actionID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// takenNames are those without which cmd.exe does not work as it should.
const takenNames = " CD CMDCMDLINE CMDEXTVERSION COMSPEC DATE ERRORLEVEL RANDOM SYSTEMROOT TIME "

// Check tells why an action can't be queued.
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
	maxExitCodes = 256      // all are in one line of a batch file
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
		return fmt.Errorf("the title holds control characters or is not UTF-8")
	}
	if n := len(a.OKExitCodes); n > maxExitCodes {
		return fmt.Errorf("there are %d exit codes of success, more than %d; let the script end with one of its own", n, maxExitCodes)
	}
	switch {
	case a.When != AtOnce && a.When != AfterSetup && a.When != WithNetwork:
		return fmt.Errorf("there is nothing called %q to wait for", a.When)
	case a.When != AtOnce && !a.Confirm:
		return fmt.Errorf("an action that waits must be one that can tell whether there is anything to do")
	case a.Limit < 0 || a.Limit > maxLimit:
		return fmt.Errorf("a limit of %d minutes is not in the range from 0 to %d", a.Limit, maxLimit)
	case len(a.Passing) > maxExitCodes:
		return fmt.Errorf("there are %d exit codes of failures that may pass, more than %d", len(a.Passing), maxExitCodes)
	}
	for _, code := range slices.Concat(a.OKExitCodes, a.Passing) {
		if code < math.MinInt32 || code > math.MaxInt32 {
			return fmt.Errorf("exit code %d does not fit into 32 bits with a sign", code)
		}
	}
	if a.Confirm && slices.Contains(a.OKExitCodes, ExitRestart) {
		return fmt.Errorf("exit code %d can't both stand for success and ask for a restart", ExitRestart)
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

// The characters of payloads' names mean nothing to cmd.exe inside quotation
// marks, and can be in a file's name.
var payloadName = regexp.MustCompile(`^[A-Za-z0-9 ~._+,;=@#$()\[\]{}&-]+(/[A-Za-z0-9 ~._+,;=@#$()\[\]{}&-]+)*$`)

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Check tells why an action can't have a payload.
func (p Payload) Check() error {
	if len(p.Files) == 0 {
		return fmt.Errorf("a payload holds no files")
	}
	seen := map[string]bool{}
	for _, f := range p.Files {
		clean, err := CleanPath(f.Name)
		switch {
		case !payloadName.MatchString(f.Name) || err != nil || clean != f.Name:
			return fmt.Errorf("payload %q: the name of a file for the first boot consists of ASCII letters, digits, blanks and punctuation that means nothing to cmd.exe; rename the file", f.Name)
		case len(f.Name) > 180:
			return fmt.Errorf("payload %q: the name has %d characters, more than 180", f.Name, len(f.Name))
		case f.Size < 0 || !digestForm.MatchString(f.SHA256):
			return fmt.Errorf("payload %q: size %d and digest %q are not those of a file", f.Name, f.Size, f.SHA256)
		case seen[strings.ToLower(f.Name)]:
			return fmt.Errorf("payload %q is there twice", f.Name)
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return nil
}

// CheckVariable tells why a variable can't be given to a script. The error does
// not hold the value.
func CheckVariable(name, value string) error {
	switch {
	case !variable.MatchString(name):
		return fmt.Errorf("variable %q: a name begins with a letter or underscore and consists of up to 128 ASCII letters, digits and underscores", name)
	case strings.HasPrefix(strings.ToUpper(name), "GILD_") || strings.Contains(takenNames, " "+strings.ToUpper(name)+" "):
		return fmt.Errorf("variable %q: first-boot.cmd or cmd.exe itself needs the name; choose another", name)
	case value == "":
		return fmt.Errorf("variable %q: the value is empty, and Windows keeps no such variables", name)
	case len(value) > 2000:
		return fmt.Errorf("variable %q: the value has %d bytes, more than 2000", name, len(value))
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) || strings.Contains(value, `"`):
		return fmt.Errorf("variable %q: the value holds a quotation mark, a line break or another control character, which a batch file can't set", name)
	}
	return nil
}

// maxRemark keeps a line with a remark below the 8191 characters of cmd.exe ("Command
// prompt line string limitation").
const maxRemark = 1000

// Remark returns a text that may follow rem in a batch file: characters that mean
// something to cmd.exe even there, or that its code page decides on, are dots.
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
