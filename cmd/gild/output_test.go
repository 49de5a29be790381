package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/cmd/gild/view"
)

// full is an output on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputFull(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("empty.gild.hcl", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"plan", "plan -json", "validate", "graph", "version", "version -json", "help plan", "completion bash"} {
		var said bytes.Buffer
		code := run(context.Background(), strings.Fields(args), system{
			streams: view.Streams{In: strings.NewReader(""), Out: full{}, Err: &said},
			getenv:  withoutDISM,
			environ: func() []string { return nil },
		})
		if code != exitError || strings.Count(said.String(), "no space left") != 1 {
			t.Errorf("gild %s: exit code %d, says %q", args, code, said.String())
		}
	}
}
