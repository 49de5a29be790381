package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// FirstBoot is the JSON form of what a machine does at its first boot. It does not
// contain the values of the scripts' variables, which may be secret.
type FirstBoot struct {
	FormatVersion string   `json:"format_version"`
	Path          string   `json:"path"`
	Actions       []Action `json:"actions"`
	Driver        string   `json:"driver"` // the script that runs the actions; empty if there are none
}

// Action is one piece of work of the first boot.
type Action struct {
	Name        string        `json:"name"`
	Order       int           `json:"order"`
	Title       string        `json:"title"`
	Interpreter string        `json:"interpreter"`
	Script      string        `json:"script"`
	Variables   []string      `json:"variables"`
	Restart     bool          `json:"restart"`
	Confirm     bool          `json:"confirm"` // a restart that it asks for is made, and it runs again then
	Payloads    []PayloadFile `json:"payloads"`
	OKExitCodes []int         `json:"ok_exit_codes"`
	OnError     string        `json:"on_error"`
	When        string        `json:"when,omitempty"`               // what it waits for: "setup" or "network"
	Limit       int           `json:"limit_minutes"`                // 0: no limit
	Passing     []int         `json:"passing_exit_codes,omitempty"` // it is tried again after them
}

// PayloadFile is a file that an action needs, by its name in a folder below payload.
type PayloadFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// NewFirstBoot puts a queue into that form.
func NewFirstBoot(path string, actions []image.Action, driver []byte) FirstBoot {
	f := FirstBoot{FormatVersion: "1.0", Path: path, Actions: []Action{}, Driver: scriptText(driver)}
	for _, a := range actions {
		one := Action{
			Name: a.ID, Order: a.Order, Title: a.Title, Interpreter: string(a.Interpreter), Script: scriptText(a.Script),
			Variables: list(slices.Sorted(maps.Keys(a.Environment))), Restart: a.Restart, OKExitCodes: a.OKExitCodes, OnError: "stop",
			Confirm: a.Confirm, Payloads: []PayloadFile{}, When: string(a.When), Limit: a.Limit, Passing: a.Passing,
		}
		for _, p := range a.Payloads {
			for _, f := range p.Files {
				one.Payloads = append(one.Payloads, PayloadFile{p.ID() + "/" + f.Name, f.Size, f.SHA256})
			}
		}
		if a.GoOn {
			one.OnError = "continue"
		}
		f.Actions = append(f.Actions, one)
	}
	return f
}

// scriptText returns a script as text. Of a script in a code page only ASCII can be
// shown.
func scriptText(data []byte) string {
	text := string(data)
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		text = nt.DecodeUTF16(data)
	case !utf8.Valid(data):
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.ReplaceAll(strings.TrimPrefix(text, "\uFEFF"), "\r\n", "\n")
}

// Print prints what a machine does at its first boot.
func (f FirstBoot) Print(s *Screen) {
	if len(f.Actions) == 0 {
		s.out.printf("%s: nothing is queued for the first boot.\n", f.Path)
		return
	}
	s.out.printf("%s: %s at the first boot, in this order:\n", s.out.paint(bold, f.Path), plural(len(f.Actions), "script runs", "scripts run"))
	for _, a := range f.Actions {
		s.out.printf("\n%s", s.out.paint(bold, a.Name))
		if a.Title != "" {
			s.out.printf(": %s", printable(a.Title))
		}
		s.out.printf("\n  %s\n", strings.Join(traits(a), "; "))
		for _, f := range a.Payloads {
			s.out.printf("  file payload/%s, %d bytes\n", printable(f.Name), f.Size)
		}
		printScript(s, a.Script)
	}
	s.out.printf("\nThey are run by %s/first-boot.cmd:\n", image.FirstBootFolder)
	printScript(s, f.Driver)
}

func traits(a Action) []string {
	out := []string{fmt.Sprintf("order %d", a.Order), a.Interpreter, "succeeds with " + strings.Trim(fmt.Sprint(a.OKExitCodes), "[]")}
	if len(a.Variables) > 0 {
		out = append(out, "is given "+strings.Join(a.Variables, ", "))
	}
	switch {
	case a.Confirm && a.Restart:
		out = append(out, "restarts the machine at once if exit code 3010 asks for it")
	case a.Confirm:
		out = append(out, "restarts the machine if exit code 3010 asks for it")
	case a.Restart:
		out = append(out, "restarts the machine")
	}
	switch image.When(a.When) {
	case image.AfterSetup:
		out = append(out, "waits until Windows Setup has ended")
	case image.WithNetwork:
		out = append(out, "waits until Windows Setup has ended and there is a network")
	}
	if a.Limit > 0 {
		out = append(out, fmt.Sprintf("is ended after %s", count(a.Limit, "minute")))
	}
	if len(a.Passing) > 0 {
		out = append(out, "is tried again after failures that may pass")
	}
	if a.OnError == "continue" {
		return append(out, "on error the next one is run")
	}
	return append(out, "on error all stops")
}

func printScript(s *Screen, text string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		s.out.printf("  %s %s\n", s.out.paint(dim, "|"), printable(strings.ReplaceAll(line, "\t", "    ")))
	}
}
