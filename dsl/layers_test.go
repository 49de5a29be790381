package dsl_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/dsl"
)

func TestLayers(t *testing.T) {
	for _, tt := range []struct {
		text string
		size int64
		want string // part of the error
	}{
		{"", 0, ""},
		{"layers {}", 0, ""},
		{`layers { max_size = "20GB" }`, 20 << 30, ""},
		{`layers { max_size = "512 mb" }`, 512 << 20, ""},
		{`layers { max_size = null }`, 0, ""},
		{`layers { max_size = "a lot" }`, 0, `The argument "max_size" is wrong`},
		{`layers { max_size = "100KB" }`, 0, `at least "1MB"`},
		{`layers { size = "1GB" }`, 0, `"size" is not expected here`},
		{"layers {}\nlayers {}", 0, "Duplicate layers block"},
		{`layers "x" {}`, 0, "layers"},
	} {
		cfg, wrong := loadSettings(tt.text)
		if (wrong != "") != (tt.want != "") || !strings.Contains(wrong, tt.want) {
			t.Errorf("%s: %s", tt.text, wrong)
		}
		if wrong == "" && cfg.Layers.MaxSize != tt.size {
			t.Errorf("%s: %d bytes", tt.text, cfg.Layers.MaxSize)
		}
	}
}

// loadSettings loads a module that has no image, and returns all that is wrong with it
// but for that.
func loadSettings(text string) (cfg *dsl.Config, wrong string) {
	cfg, diags := dsl.Load(dsl.Options{FS: fstest.MapFS{"a.gild.hcl": {Data: []byte(text)}}, Dir: ".", Kinds: kinds()})
	for _, d := range diags {
		if !strings.Contains(d.Summary, "mage") {
			wrong += d.Error() + "\n"
		}
	}
	return cfg, wrong
}
