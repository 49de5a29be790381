package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"
)

// Result is the result of a check.
type Result struct {
	Name    string   `json:"name"`
	Proves  string   `json:"proves"`
	Outcome Outcome  `json:"outcome"`
	Detail  string   `json:"detail,omitempty"` // why it failed or was skipped
	Notes   []string `json:"notes,omitempty"`  // observations
	Seconds float64  `json:"seconds"`
}

// Command is a run of DISM or sfc.
type Command struct {
	Line    string  `json:"line"`
	Exit    string  `json:"exit"` // exit code, or the error
	Seconds float64 `json:"seconds"`
}

// Report has the results of a run.
type Report struct {
	FormatVersion string    `json:"format_version"`
	Gild          string    `json:"gild"`
	Began         time.Time `json:"began"`
	Seconds       float64   `json:"seconds"`
	Machine       Machine   `json:"machine"`
	Passed        int       `json:"passed"`
	Failed        int       `json:"failed"`
	Skipped       int       `json:"skipped"`
	// OfDISM is the number of checks that passed or failed and ran DISM. If it is 0, the run
	// proves nothing about DISM.
	OfDISM   int       `json:"of_dism"`
	Results  []Result  `json:"results"`
	Commands []Command `json:"commands"`
}

func (r *Report) add(res Result, dism bool) {
	switch res.Outcome {
	case Passed:
		r.Passed++
	case Failed:
		r.Failed++
	case Skipped:
		r.Skipped++
	}
	if dism && res.Outcome != Skipped {
		r.OfDISM++
	}
	r.Results = append(r.Results, res)
}

// OK reports whether no check failed and DISM was run.
func (r *Report) OK() bool { return r.Failed == 0 && r.OfDISM > 0 }

// Verdict sums up the run in a sentence or two.
func (r *Report) Verdict() string {
	text := fmt.Sprintf("%d of %d checks ran: %d passed, %d failed; %d were skipped.", r.Passed+r.Failed, len(r.Results), r.Passed, r.Failed, r.Skipped)
	switch {
	case r.OfDISM == 0:
		text += " DISM did not run: the result proves nothing about DISM on this machine."
	case r.Machine.Emulated:
		text += " DISM was emulated: the result proves nothing about Windows."
	}
	return text
}

// heading is the first line of a report.
const heading = "# gild self-test"

// IsReport tells whether a file begins as a report does.
func IsReport(text []byte) bool { return strings.HasPrefix(string(text), heading) }

// Write writes the report as Markdown, with the complete report as JSON at the end.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s\n\n%s\n", heading, r.Verdict())
	line("| | |\n|---|---|")
	for _, row := range [][2]string{
		{"gild", r.Gild}, {"began", r.Began.Format(time.RFC3339)}, {"took", span(r.Seconds)}, {"system", r.Machine.System}, {"Windows", r.Machine.Windows},
		{"Wine", r.Machine.Wine}, {"architecture", r.Machine.Arch + ", gild's " + r.Machine.Program}, {"administrator", yesNo(r.Machine.Elevated)},
		{"DISM", r.Machine.DISM}, {"file system", r.Machine.FileSystem},
	} {
		if row[1] != "" {
			line("| %s | %s |", row[0], cell(row[1]))
		}
	}
	line("\n| check | | what it proves | time |\n|---|---|---|---|")
	for _, c := range r.Results {
		line("| `%s` | %s | %s | %s |", c.Name, c.Outcome, cell(c.Proves), span(c.Seconds))
	}
	for _, c := range r.Results {
		if c.Detail == "" && len(c.Notes) == 0 {
			continue
		}
		line("\n## %s: %s\n", c.Name, c.Outcome)
		if c.Detail != "" {
			line("%s", indented(c.Detail))
		}
		for _, n := range c.Notes {
			line("* %s", strings.ReplaceAll(n, "\n", "\n  "))
		}
	}
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	line("\n## Complete report\n\n```json\n%s\n```", data)
	_, err = io.WriteString(w, b.String())
	return err
}

func span(seconds float64) string { return fmt.Sprintf("%.1f s", seconds) }

func yesNo(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "yes"
	}
	return "no"
}

// cell returns a text for a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}

// indented returns a text as a code block.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// cleaner replaces the paths of the user's folders and the names of user and machine in
// texts.
type cleaner struct{ rules []rule }

type rule struct {
	what *regexp.Regexp
	with string
}

func newCleaner(b *bench) *cleaner {
	c := &cleaner{}
	c.add(b.dir, "SCRATCH")
	c.add(b.Dir, "SCRATCH-DIR")
	c.add(b.Image, "IMAGE")
	if home, err := os.UserHomeDir(); err == nil {
		c.add(home, "HOME")
	}
	for _, name := range []string{"USERPROFILE", "TEMP", "TMP", "TMPDIR"} {
		c.add(os.Getenv(name), "%"+name+"%")
	}
	if host, err := os.Hostname(); err == nil {
		c.word(host, "MACHINE")
	}
	if u, err := user.Current(); err == nil {
		c.word(u.Username[strings.LastIndexAny(u.Username, `\/`)+1:], "USER")
	}
	return c
}

// add replaces a path, whatever its separators and case.
func (c *cleaner) add(path, with string) {
	const tooShort = 4 // such as C:\ or /tmp
	if len(path) <= tooShort {
		return
	}
	var parts []string
	for _, p := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		parts = append(parts, regexp.QuoteMeta(p))
	}
	start := ""
	if strings.HasPrefix(path, "/") || strings.HasPrefix(path, `\`) {
		start = `[/\\]+`
	}
	c.rules = append(c.rules, rule{regexp.MustCompile(`(?i)` + start + strings.Join(parts, `[/\\]+`)), with})
}

// word replaces a name where it is a whole word. Names that reports use as words stay.
func (c *cleaner) word(name, with string) {
	if len(name) < 3 || strings.EqualFold(name, "root") || strings.EqualFold(name, "runner") || strings.EqualFold(name, "system") || strings.EqualFold(name, "administrator") {
		return
	}
	c.rules = append(c.rules, rule{regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b`), with})
}

func (c *cleaner) text(s string) string {
	for _, r := range c.rules {
		s = r.what.ReplaceAllLiteralString(s, r.with)
	}
	return s
}

// maxText is the maximum length of a text in a result, in bytes.
const maxText = 8 << 10

func (c *cleaner) result(r *Result) {
	r.Detail = shorter(c.text(r.Detail))
	for i := range r.Notes {
		r.Notes[i] = shorter(c.text(r.Notes[i]))
	}
}

func shorter(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + " …"
}
