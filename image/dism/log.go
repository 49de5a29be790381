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

	"github.com/gildhq/gild/formats/transcript"
)

// tell passes on how far DISM is.
func (r *runner) tell(p transcript.Progress) {
	r.log.Debug("progress", "doing", p.Text, "percent", p.Percent)
	if r.progress != nil {
		r.progress(p.Percent / 100)
	}
}

func (r *runner) logName(call int) string {
	return filepath.Join(r.logs(), fmt.Sprintf("dism-%03d.log", call))
}

// lastLog returns the highest number of a log in a folder: a run opens several
// sessions, and none is to write over what another has kept there.
func lastLog(dir string) int {
	files, _ := os.ReadDir(dir) // one that can't be read can't be written to: DISM will tell
	last := 0
	for _, f := range files {
		var n int
		if _, err := fmt.Sscanf(f.Name(), "dism-%d.log", &n); err == nil {
			last = max(last, n)
		}
	}
	return last
}

// secretLog is where DISM writes its log while its command line, which it quotes
// there, must not be shown. It is not among those that are kept; what a run that
// was killed has left is removed by the next one.
func (r *runner) secretLog() string { return filepath.Join(r.scratch(), "withheld.log") }

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
