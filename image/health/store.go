package health

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
)

// Areas that only Windows' own programs can check, in a session that can service.
const (
	Store       Area = "component_store" // DISM's verdict
	SystemFiles Area = "system_files"    // sfc's verdict
)

// Verdict is DISM's verdict on a component store.
type Verdict string

// The verdicts. The exit code of DISM is the same for all.
const (
	Healthy      Verdict = "healthy"
	Repairable   Verdict = "repairable"
	Unrepairable Verdict = "cannot be repaired"
)

// verdicts are the lines that DISM prints, as "Repair a Windows image" quotes them.
var verdicts = []struct {
	line    string
	verdict Verdict
}{
	{"No component store corruption detected", Healthy},
	{"The component store is repairable", Repairable},
	{"The component store cannot be repaired", Unrepairable},
}

const repairStore = "Restore its health: restore = true in the kind health, with a source of exactly the same build. Or start from a whole image."

// CheckStore asks DISM about the component store: for the recorded state, or with scan
// for a new scan, which takes minutes.
func CheckStore(ctx context.Context, s image.Session, scan bool) (Verdict, error) {
	how := "/CheckHealth"
	if scan {
		how = "/ScanHealth"
	}
	t, err := dism(ctx, s, how)
	if err != nil {
		return "", err
	}
	for _, v := range verdicts {
		if t.Says(v.line) {
			return v.verdict, nil
		}
	}
	return "", fmt.Errorf("dism /Cleanup-Image %s: its output has no known verdict: %q", how, strings.Join(t.Text, " "))
}

// Result is the verdict as part of a report.
func (v Verdict) Result() Result {
	r := Result{Area: Store}
	switch v {
	case Repairable:
		r.add("Windows/WinSxS", "is damaged: DISM says that the component store is repairable", repairStore)
	case Unrepairable:
		r.add("Windows/WinSxS", "is damaged: DISM says that the component store cannot be repaired", newBase)
	}
	return r
}

// RestoreStore lets DISM repair the component store from the sources: folders with
// Windows, or wim:FILE:INDEX. Unless limited, DISM uses Windows Update, too.
func RestoreStore(ctx context.Context, s image.Session, sources []string, limitAccess bool) error {
	args := []string{"/RestoreHealth"}
	for _, source := range sources {
		args = append(args, "/Source:"+source)
	}
	if limitAccess {
		args = append(args, "/LimitAccess")
	}
	_, err := dism(ctx, s, args...)
	return err
}

// CheckSystemFiles lets sfc compare the files that Windows protects, which takes
// minutes.
func CheckSystemFiles(ctx context.Context, s image.Session) (Result, error) {
	r := Result{Area: SystemFiles}
	checker, ok := image.As[image.SystemFiles](s)
	if !ok {
		return r, errNoDISM
	}
	found, err := checker.VerifySystemFiles(ctx)
	for _, f := range found {
		r.add("sfc", "says: "+strings.TrimSuffix(f, "."), "Do not repair images with sfc: restore the health of the component store with DISM, or start from a whole image.")
	}
	return r, err
}

var errNoDISM = errors.New("only DISM can check that, and this backend does not use DISM; use the backend dism")

func dism(ctx context.Context, s image.Session, args ...string) (*transcript.Transcript, error) {
	servicer, ok := image.As[image.Servicer](s)
	if !ok {
		return nil, errNoDISM
	}
	return servicer.Dism(ctx, append([]string{"/Cleanup-Image"}, args...)...)
}
