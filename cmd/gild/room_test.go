package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/sample"
)

// TestRoom holds what a plan says an output takes at most against what it takes, as the
// source is compressed and otherwise.
func TestRoom(t *testing.T) {
	for _, compression := range []string{"", "none", "fast", "max"} {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stored %v", compression, stored), func(t *testing.T) {
				t.Chdir(t.TempDir())
				if err := sample.Write(t.Context(), "base.wim", sample.Options{Stored: stored, Files: 200}); err != nil {
					t.Fatal(err)
				}
				export := ""
				if compression != "" {
					export = fmt.Sprintf("export {\n compression = %q\n }", compression)
				}
				module := fmt.Sprintf(`image "kiosk" {
  source = "base.wim"
  output = "out.wim"
  %s
  file "payload" {
    path   = "Tools/payload.bin"
    source = "payload.bin"
  }
  registry "x" {
    key   = "HKLM/SOFTWARE/Contoso"
    name  = "x"
    value = "y"
  }
}
`, export)
				noise := make([]byte, 100_000)
				for i := range noise {
					noise[i] = byte(i * i >> 3)
				}
				for name, data := range map[string][]byte{"a.gild.hcl": []byte(module), "payload.bin": noise} {
					if err := os.WriteFile(name, data, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				expect(t, exitOK, "apply", "-auto-approve")
				info, err := os.Stat("out.wim")
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove("out.wim"); err != nil {
					t.Fatal(err)
				}
				told := int64(-1)
				lines := bufio.NewScanner(strings.NewReader(expect(t, exitOK, "plan", "-json")))
				for lines.Scan() {
					var line struct {
						Type  string
						Bytes int64 `json:"output_bytes"`
					}
					if json.Unmarshal(lines.Bytes(), &line) == nil && line.Type == "expected" {
						told = line.Bytes
					}
				}
				if told < info.Size() {
					t.Errorf("the output has %d bytes, and was told to have %d at most", info.Size(), told)
				}
			})
		}
	}
}
