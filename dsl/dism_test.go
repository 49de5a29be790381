package dsl_test

import (
	"strings"
	"testing"
	"time"
)

func TestDISM(t *testing.T) {
	for _, tt := range []struct {
		text    string
		timeout time.Duration
		want    string // part of the error
	}{
		{"", 0, ""},
		{"dism {}", 0, ""},
		{`dism { timeout = null }`, 0, ""},
		{`dism { timeout = "2h30m" }`, 150 * time.Minute, ""},
		{`dism { timeout = "10s" }`, 0, "from 10 minutes to 7 days"},
		{`dism { timeout = "-1h" }`, 0, "from 10 minutes to 7 days"},
		{`dism { timeout = "soon" }`, 0, `"soon" is no duration`},
		{`dism { limit = "1h" }`, 0, `"limit" is not expected here`},
		{"dism {}\ndism {}", 0, "Duplicate dism block"},
	} {
		cfg, wrong := loadSettings(tt.text)
		if (wrong != "") != (tt.want != "") || !strings.Contains(wrong, tt.want) {
			t.Errorf("%s: %s", tt.text, wrong)
		}
		if cfg.DISM.Timeout != tt.timeout {
			t.Errorf("%s: %s", tt.text, cfg.DISM.Timeout)
		}
	}
}
