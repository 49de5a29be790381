package preflight

import "testing"

func TestParseMeminfo(t *testing.T) {
	m, err := parseMeminfo("MemTotal:       16 kB\nMemFree: 1 kB\nMemAvailable:    8 kB\nHugePages_Total: 0\nodd\nSwapTotal: 4 kB\n")
	if err != nil || m != (Memory{Total: 16 << 10, Free: 8 << 10, Page: 4 << 10}) {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := parseMeminfo("MemTotal: 16 kB\n"); err != nil || m.Free != -1 { // Linux before 3.14
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := parseMeminfo("x"); err == nil {
		t.Error("no memory at all")
	}
}
