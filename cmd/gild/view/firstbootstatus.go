package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/image/firstboot"
)

// FirstBootStatus is the JSON form of what a machine has recorded of its first boot.
type FirstBootStatus struct {
	FormatVersion string         `json:"format_version"`
	Path          string         `json:"path"`
	State         string         `json:"state"`
	Failed        bool           `json:"failed"`
	Log           string         `json:"log,omitempty"`
	Actions       []ActionStatus `json:"actions"`
}

// ActionStatus is the result of one piece of work.
type ActionStatus struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	State    string `json:"state"`
	ExitCode *int32 `json:"exit_code"` // null if it has never ended
	Time     string `json:"time"`      // as the machine writes dates
	Log      string `json:"log,omitempty"`
}

// NewFirstBootStatus puts results into that form.
func NewFirstBootStatus(path string, r firstboot.Results) FirstBootStatus {
	s := FirstBootStatus{FormatVersion: "1.0", Path: path, State: r.State, Failed: r.Failed(), Log: r.Log, Actions: []ActionStatus{}}
	for _, a := range r.Actions {
		s.Actions = append(s.Actions, ActionStatus{a.ID, a.Title, a.State, a.ExitCode, a.Time, a.Log})
	}
	return s
}

// Print prints what a machine has recorded of its first boot.
func (f FirstBootStatus) Print(s *Screen) {
	s.out.printf("%s: %s\n", s.out.paint(bold, f.Path), firstBootState(f))
	width := 0
	for _, a := range f.Actions {
		width = max(width, len(printable(a.Name)))
	}
	for i, a := range f.Actions {
		if i == 0 {
			s.out.printf("\n")
		}
		line := fmt.Sprintf("  %-*s  %-7s", width, printable(a.Name), printable(a.State))
		if a.ExitCode != nil {
			line += "  exit code " + exitCodeText(*a.ExitCode)
		}
		for _, more := range []string{a.Time, a.Title} {
			if more != "" {
				line += "  " + printable(more)
			}
		}
		s.out.printf("%s\n", strings.TrimRight(line, " "))
		if a.Log != "" && a.State == "failed" {
			s.out.printf("  %*s  see %s\n", width, "", printable(a.Log))
		}
	}
	if f.Log != "" {
		s.out.printf("\nThe log is %s.\n", f.Log)
	}
}

// exitCodeText is an exit code as Windows' documents write it: those of COM and of
// servicing in hexadecimal.
func exitCodeText(n int32) string {
	if n < 0 {
		return fmt.Sprintf("0x%08x", uint32(n))
	}
	return fmt.Sprint(n)
}

func firstBootState(f FirstBootStatus) string {
	counts := map[string]int{}
	for _, a := range f.Actions {
		counts[a.State]++
	}
	text, known := map[string]string{
		firstboot.NoQueue:    "nothing is queued for the first boot, and nothing is recorded of one.",
		firstboot.Queued:     "the first boot has not begun",
		firstboot.Running:    "the first boot is under way, or was cut off",
		firstboot.Waiting:    "the first boot waits: for the end of Windows Setup, a network, or another try",
		firstboot.Restarting: "the first boot goes on after a restart",
		firstboot.Stopped:    "the first boot has stopped after a failure",
		firstboot.Finished:   "the first boot is finished",
	}[f.State]
	if !known {
		text = "the first boot is in a state that gild does not know, " + printable(f.State)
	}
	if len(f.Actions) == 0 {
		return text
	}
	var states []string
	for state := range counts {
		states = append(states, state)
	}
	order := []string{"done", "failed", "pending", "running", "waiting", "queued"}
	slices.SortFunc(states, func(a, b string) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a), slices.Index(order, b)), cmp.Compare(a, b))
	})
	for i, state := range states {
		states[i] = fmt.Sprintf("%d %s", counts[state], printable(state))
	}
	return text + ": " + strings.Join(states, ", ") + "."
}
