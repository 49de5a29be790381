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
		cleanup bool
		want    string // part of the error
	}{
		{"", 0, false, ""},
		{"dism {}", 0, false, ""},
		{`dism { timeout = null }`, 0, false, ""},
		{`dism { timeout = "2h30m" }`, 150 * time.Minute, false, ""},
		{`dism { cleanup_mountpoints = true }`, 0, true, ""},
		{`dism { cleanup_mountpoints = "yes" }`, 0, false, `"cleanup_mountpoints" is wrong`},
		{`dism { timeout = "10s" }`, 0, false, "from 10 minutes to 7 days"},
		{`dism { timeout = "-1h" }`, 0, false, "from 10 minutes to 7 days"},
		{`dism { timeout = "soon" }`, 0, false, `"soon" is no duration`},
		{`dism { limit = "1h" }`, 0, false, `"limit" is not expected here`},
		{"dism {}\ndism {}", 0, false, "Duplicate dism block"},
	} {
		cfg, wrong := loadSettings(tt.text)
		if (wrong != "") != (tt.want != "") || !strings.Contains(wrong, tt.want) {
			t.Errorf("%s: %s", tt.text, wrong)
		}
		if cfg.DISM.Timeout != tt.timeout || cfg.DISM.CleanupMountpoints != tt.cleanup {
			t.Errorf("%s: %s, %v", tt.text, cfg.DISM.Timeout, cfg.DISM.CleanupMountpoints)
		}
	}
}
