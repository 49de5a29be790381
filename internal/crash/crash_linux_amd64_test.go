package crash_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// writer writes three times to a file, renames it, and reports errors.
const writer = `printf one >>a || exit 3; printf twotwo >>a || exit 3; mv a b || exit 4; printf three >>b || exit 3`

// The test program is what starts a shell that stops only where it is looked at.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "exec" {
		fmt.Fprintln(os.Stderr, crash.Exec(os.Args[2:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// shell returns a script that is run in a folder.
func shell(t *testing.T, dir, script string, light bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	if light {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd = exec.Command(self, append([]string{"exec"}, cmd.Args...)...)
	}
	cmd.Dir = dir
	return cmd
}

func run(t *testing.T, light bool, cut crash.Cut) (dir string, r crash.Result) {
	t.Helper()
	dir = t.TempDir()
	r, err := crash.Run(shell(t, dir, writer, light), dir, cut)
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

func TestCuts(t *testing.T)      { testCuts(t, false) }
func TestCutsLight(t *testing.T) { testCuts(t, true) }

func testCuts(t *testing.T, light bool) {
	dir, whole := run(t, light, crash.Cut{})
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
		dir, r := run(t, light, test.cut)
		if got := content(dir); r.Exit != test.exit || got != test.want {
			t.Errorf("%s: exit code %d, %s; want %d, %s", test.cut, r.Exit, got, test.exit, test.want)
		}
	}
}
