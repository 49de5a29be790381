//go:build windows_dism

package conformance

import (
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/gildhq/gild/image/dism"
)

var (
	reportTo = flag.String("report", "", "file for the report")
	scratch  = flag.String("scratch", "", "folder to work in, on a local NTFS volume; a temporary one if not given")
	imageToo = flag.String("image", "", "WIM file that DISM can service; that of Windows RE or of the ADK's Windows PE if not given")
)

// TestThisMachine makes the checks on this machine, with its DISM or that which GILD_DISM
// names. It fails where DISM can't be tried, as it was asked for by the tag.
//
//	go test -tags windows_dism -timeout 2h ./operation/conformance -run ThisMachine -v -report report.md
func TestThisMachine(t *testing.T) {
	o := Options{Dir: *scratch, Image: *imageToo, Version: "test"}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	switch exe, err := dism.Find(os.Getenv("GILD_DISM")); {
	case errors.Is(err, dism.ErrNoDISM):
		o.NoDISM = err.Error()
	case err != nil:
		t.Fatal(err)
	default:
		o.Program = exe
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Results {
		t.Run(res.Name, func(t *testing.T) {
			for _, n := range res.Notes {
				t.Log(n)
			}
			switch res.Outcome {
			case Failed:
				t.Error(res.Detail)
			case Skipped:
				t.Skip(res.Detail)
			}
		})
	}
	t.Log(r.Verdict())
	if !r.OK() {
		t.Fail()
	}
	if *reportTo == "" {
		return
	}
	f, err := os.Create(*reportTo)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
}
