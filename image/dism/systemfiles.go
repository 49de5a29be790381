package dism

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
)

// SystemFileChecker is a [Program] that also runs sfc.exe, as [Exe] does.
type SystemFileChecker interface {
	// SFC runs sfc.exe, like Run.
	SFC(ctx context.Context, args []string, out io.Writer) (uint32, error)
}

// ErrNoSFC: there is no sfc.exe next to DISM.
var ErrNoSFC = errors.New("this machine has no sfc.exe, which verifies system files")

// SFC implements [SystemFileChecker]: it runs the sfc.exe next to DISM, or that of
// Windows, since the DISM of the ADK has none.
func (e Exe) SFC(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	name := "sfc" + filepath.Ext(string(e))
	places := []string{filepath.Join(filepath.Dir(string(e)), name)}
	if runtime.GOOS == "windows" {
		for _, folder := range []string{"Sysnative", "System32"} {
			places = append(places, filepath.Join(os.Getenv("SystemRoot"), folder, "sfc.exe"))
		}
	}
	for _, place := range places {
		if st, err := os.Stat(place); err == nil && regular.Is(st) {
			return Exe(place).Run(ctx, args, out)
		}
	}
	return 0, ErrNoSFC
}

var _ image.SystemFiles = (*folder)(nil)

// VerifySystemFiles implements [image.SystemFiles], by sfc /verifyonly. Its output is
// in the language of the machine; if that is not English, the verdict comes from the
// log, whose lines are always English.
func (f *folder) VerifySystemFiles(ctx context.Context) ([]string, error) {
	program, ok := f.runner.program.(SystemFileChecker)
	if !ok {
		return nil, ErrNoSFC
	}
	if err := errors.Join(f.usable(), ctx.Err()); err != nil {
		return nil, err
	}
	log := filepath.Join(f.runner.logs(), "sfc.log")
	_ = os.Remove(log) // log of an earlier run
	if err := f.letGo(ctx); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	windows := filepath.Join(f.ref.Path, "Windows")
	exit, err := program.SFC(ctx, []string{"/verifyonly", "/offbootdir=" + f.ref.Path, "/offwindir=" + windows, "/offlogfile=" + log}, &out)
	if err = errors.Join(err, f.reopen(context.WithoutCancel(ctx))); err != nil {
		return nil, err
	}
	return systemFilesVerdict(exit, console(out.Bytes()), log)
}

// systemFilesVerdict takes the verdict from the output of sfc or, failing that, from
// its log: the exit code does not show it.
func systemFilesVerdict(exit uint32, said, log string) ([]string, error) {
	found, complete := systemFilesLog(log)
	switch {
	case strings.Contains(said, "could not perform"), strings.Contains(said, "could not start"):
		return nil, fmt.Errorf("sfc could not verify the image (exit code %d): %s (log: %s)", exit, lastLine(said), log)
	case len(found) > 0:
		return found, nil
	case strings.Contains(said, "found integrity violations"):
		return []string{"protected files do not match the component store (log: " + log + ")"}, nil
	case strings.Contains(said, "did not find any integrity violations"), complete && exit == 0:
		return nil, nil
	}
	return nil, fmt.Errorf("the result of sfc is unknown (exit code %d): %s (log: %s)", exit, lastLine(said), log)
}

// systemFilesLog returns the lines of a log of sfc about damage, and whether the log
// says that the verification was completed. These lines are marked [SR].
func systemFilesLog(name string) (found []string, complete bool) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	seen := map[string]bool{}
	for line := range strings.Lines(console(data)) {
		_, text, ok := strings.Cut(line, "[SR] ")
		text = strings.TrimSpace(text)
		complete = complete || ok && strings.HasPrefix(text, "Verify complete")
		if ok && strings.HasPrefix(text, "Cannot ") && !seen[text] {
			seen[text] = true
			found = append(found, text)
		}
	}
	return found, complete
}

// console returns the output of a program as text. sfc prints UTF-16 without a byte
// order mark if its output is redirected.
func console(data []byte) string {
	if bytes.IndexByte(data, 0) < 0 {
		return string(data)
	}
	return strings.TrimPrefix(nt.DecodeUTF16(data), "\ufeff")
}

func lastLine(text string) string {
	last := "it printed nothing"
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			last = line
		}
	}
	return last
}
