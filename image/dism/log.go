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

// tell passes on how far DISM is.
func (r *runner) tell(p transcript.Progress) {
	r.log.Debug("progress", "doing", p.Text, "percent", p.Percent)
	if r.progress != nil {
		r.progress(p.Percent / 100)
	}
}

// logLevel is DISM's word for a level: 1 logs errors, 2 warnings, too, 3 what it does,
// and 4 all it knows ("DISM Global Options for Command-Line Syntax", /LogLevel). Errors
// are always logged, as they are quoted where DISM fails.
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

// nextLog returns the path of the log of a call. In a folder that sessions share it
// is made, so that no other one takes it: DISM writes behind what is there. In one of
// its own, the session writes over what an earlier one has left.
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

// secretLog is where DISM writes its log while its command line, which it quotes
// there, must not be shown. It is not among those that are kept; what a run that
// was killed has left is removed by the next one.
func (r *runner) secretLog() string { return filepath.Join(r.scratch, "withheld.log") }

func (r *runner) removeSecret() error {
	for _, name := range []string{r.secretLog(), r.secretLog() + ".bak"} { // DISM puts a long one aside
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// logTo returns where DISM is to write the log of a command.
func (r *runner) logTo(log string, args []string) string {
	line := strings.Join(args, " ")
	if r.withhold == nil || r.withhold(line) == line {
		return log
	}
	return r.secretLog()
}

// publishLog puts a log that was written elsewhere in its place, without what must
// not be shown. One whose text can't be told is not kept. A log that can't be kept
// is no reason to fail.
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
