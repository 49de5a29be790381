package dism_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/image/dism"
)

const productKey = "VK7JG-NPHTM-C97JM-9MPGT-3V66T"

func withholdKey(text string) string {
	return strings.ReplaceAll(text, productKey, "(sensitive value)")
}

// The logs are in the folder of the options, one for each call of DISM in any session;
// neither they nor gild's own log contain secrets.
func TestLogDir(t *testing.T) {
	b := newBench(t)
	var log strings.Builder
	b.opts.Log = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: &log})
	b.opts.LogDir = filepath.Join(t.TempDir(), "run [1]")
	b.opts.Withhold = withholdKey
	var told []float64
	b.opts.Progress = func(done float64) { told = append(told, done) }
	s := b.open()
	if err := b.dism(s, "/Set-ProductKey:"+productKey); err != nil {
		t.Fatal(err)
	}
	if err := b.dism(s, "/Set-ProductKey:"+productKey+"x"); err == nil {
		t.Error("a key of another form was taken")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	first := logsIn(t, b.opts.LogDir)
	if err := b.open().Close(); err != nil {
		t.Fatal(err)
	}
	second := logsIn(t, b.opts.LogDir)
	if len(first) < 4 || len(second) <= len(first) {
		t.Errorf("%d logs after the first session, %d after the second", len(first), len(second))
	}
	withheld := 0
	for name, text := range second {
		if strings.Contains(text, productKey) {
			t.Errorf("%s shows the product key", name)
		}
		withheld += strings.Count(text, "(sensitive value)")
		if old, ok := first[name]; ok && old != text {
			t.Errorf("the second session wrote over %s", name)
		}
	}
	if withheld == 0 {
		t.Error("no log quotes a command line: the test proves nothing")
	}
	if len(told) == 0 {
		t.Error("no progress was told")
	}
	_ = filepath.WalkDir(b.opts.Store, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".log" {
			t.Errorf("a log is in the store: %s", path)
		}
		return err
	})
}

func logsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		logs[f.Name()] = string(text)
	}
	return logs
}

// TestLogLevel runs DISM with its number for the level of gild's log.
func TestLogLevel(t *testing.T) {
	for level, want := range map[hclog.Level]string{
		hclog.NoLevel: "3", hclog.Off: "3", hclog.Trace: "4", hclog.Debug: "4", hclog.Info: "3", hclog.Warn: "2", hclog.Error: "1",
	} {
		var got []string
		b := newBench(t)
		b.backend.Program, b.opts.LogLevel = sees{b.backend.Program, &got}, level
		if err := b.open().Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(got, "/LogLevel:"+want) {
			t.Errorf("%s: %q", level, got)
		}
	}
}

// sees records the arguments of the program that it runs.
type sees struct {
	dism.Program
	got *[]string
}

func (s sees) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	*s.got = append(*s.got, args...)
	return s.Program.Run(ctx, args, out)
}
