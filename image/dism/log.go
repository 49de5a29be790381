package dism

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/formats/transcript"
)

// tell passes on DISM's progress.
func (r *runner) tell(p transcript.Progress) {
	r.log.Debug("progress", "doing", p.Text, "percent", p.Percent)
	if r.progress != nil {
		r.progress(p.Percent / 100)
	}
}

// logLevel returns DISM's number for a level: 1 is errors, 2 also warnings, 3 also
// information, and 4 also debug output ("DISM Global Options for Command-Line Syntax",
// /LogLevel). Errors are always logged, since gild quotes them when DISM fails.
func logLevel(level hclog.Level) int {
	switch level {
	case hclog.Trace, hclog.Debug:
		return 4
	case hclog.Warn:
		return 2
	case hclog.Error:
		return 1
	}
	return 3
}

// nextLog returns the path of the log for a call. In a folder that sessions share it
// creates the file, so that no other session uses it: DISM appends to existing logs. In
// a folder of its own, the session overwrites earlier logs.
func (r *runner) nextLog() (string, error) {
	for {
		r.calls++
		name := filepath.Join(r.logs(), fmt.Sprintf("dism-%03d.log", r.calls))
		if !r.shared {
			_ = os.Remove(name)
			return name, nil
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("log of DISM: %w", err)
		}
		return name, f.Close()
	}
}

// secretLog is the path of DISM's log while its command line, which the log quotes,
// contains secrets. It is not kept; the next run removes what a killed run left.
func (r *runner) secretLog() string { return filepath.Join(r.scratch, "withheld.log") }

func (r *runner) removeSecret() error {
	for _, name := range []string{r.secretLog(), r.secretLog() + ".bak"} { // DISM rotates a long log
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// logTo returns the path at which DISM writes the log of a command.
func (r *runner) logTo(log string, args []string) string {
	line := strings.Join(args, " ")
	if r.withhold == nil || r.withhold(line) == line {
		return log
	}
	return r.secretLog()
}

// publishLog copies a log from the path of secretLog to its own path, without the
// secrets. A log in an unknown encoding is not kept. A log that can't be kept is not a
// failure.
func (r *runner) publishLog(from, to string) {
	if from == to {
		return
	}
	text, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil && utf8.Valid(text) && bytes.IndexByte(text, 0) < 0 {
		err = os.WriteFile(to, []byte(r.withhold(string(text))), 0o600)
	}
	if err = errors.Join(err, r.removeSecret()); err != nil {
		r.log.Warn("the log of DISM is not kept", "log", to, "error", err)
	}
}
