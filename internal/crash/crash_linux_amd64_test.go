package crash_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// writer writes three times to a file, renames it, and tells of errors.
const writer = `printf one >>a || exit 3; printf twotwo >>a || exit 3; mv a b || exit 4; printf three >>b || exit 3`

func run(t *testing.T, cut crash.Cut) (dir string, r crash.Result) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", writer)
	cmd.Dir = dir
	r, err := crash.Run(cmd, dir, cut)
	if err != nil {
		t.Fatal(err)
	}
	return dir, r
}

func content(dir string) string {
	var parts []string
	for _, name := range []string{"a", "b"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			parts = append(parts, name+"="+string(data))
		}
	}
	return strings.Join(parts, " ")
}

func TestCuts(t *testing.T) {
	dir, whole := run(t, crash.Cut{})
	if whole.Exit != 0 || content(dir) != "b=onetwotwothree" {
		t.Fatalf("%+v, %s", whole, content(dir))
	}
	nth := func(call string, n int) int {
		for i, p := range whole.Points {
			if strings.HasPrefix(p.Call, call) {
				if n--; n == 0 {
					return i + 1
				}
			}
		}
		t.Fatalf("no such call %s in %+v", call, whole.Points)
		return 0
	}
	for _, test := range []struct {
		cut  crash.Cut
		exit int
		want string
	}{
		{crash.Cut{N: nth("write", 2), How: crash.Before}, -1, "a=one"},
		{crash.Cut{N: nth("write", 2), How: crash.During}, -1, "a=onetwo"},
		{crash.Cut{N: nth("write", 2), How: crash.After}, -1, "a=onetwotwo"},
		{crash.Cut{N: nth("rename", 1), How: crash.Before}, -1, "a=onetwotwo"},
		{crash.Cut{N: nth("rename", 1), How: crash.After}, -1, "b=onetwotwo"},
		{crash.Cut{N: nth("write", 2), How: crash.NoRoom}, 3, "a=one"},
		{crash.Cut{N: nth("write", 3), How: crash.Broken}, 3, "b=onetwotwo"},
	} {
		dir, r := run(t, test.cut)
		if got := content(dir); r.Exit != test.exit || got != test.want {
			t.Errorf("%s: exit code %d, %s; want %d, %s", test.cut, r.Exit, got, test.exit, test.want)
		}
	}
}
