package hive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
)

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOraclesAgree has two independent readers print a real hive and what this
// package made of it: the same text.
func TestOraclesAgree(t *testing.T) {
	for _, name := range []string{"SYSTEM", "SAM", "SECURITY", "BCD", "NTUSER.DAT", "amcache.hve"} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "SYSTEM" {
				t.Skip("takes seconds, and -short was asked for")
			}
			data := realHive(t, name)
			before := writeFile(t, "before", data)
			after := writeFile(t, "after", mustWrite(t, mustParse(t, data), WriteOptions{AllowDirty: true}))
			for _, tool := range [][]string{{"hivexregedit", "--export", "%", `\`}, {"reglookup", "-s", "%"}} {
				want, complaints := oracle(t, before, tool)
				got, newComplaints := oracle(t, after, tool)
				if got != want || want == "" {
					t.Errorf("%s prints %d bytes instead of %d", tool[0], len(got), len(want))
				}
				if newComplaints != complaints {
					t.Errorf("%s complains: %.1000s", tool[0], newComplaints)
				}
			}
		})
	}
}

// oracle runs a program on a file, and returns what it says on both channels.
func oracle(t *testing.T, path string, args []string) (out, complaints string) {
	t.Helper()
	cmd := exec.Command(testenv.Tool(t, args[0]))
	for _, arg := range args[1:] {
		cmd.Args = append(cmd.Args, strings.ReplaceAll(arg, "%", path))
	}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %.1000s", args[0], err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// TestOraclesReadNew has them read a hive made from nothing.
func TestOraclesReadNew(t *testing.T) {
	for minor := 3; minor <= 6; minor++ {
		h := New(NewOptions{Minor: minor})
		k := must(h.Root().CreateSubkey(`Software\Größe`, nt.TimeOf(nt.Time(133536834151234567).Time())))(t)
		for i, typ := range []ValueType{RegSZ, RegExpandSZ} {
			if err := k.Set(fmt.Sprint("text", i), typ, EncodeString("world"), 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Set("", RegDword, EncodeUint32(0x1234), 1); err != nil {
			t.Fatal(err)
		}
		for i := range 1500 { // needs an index root
			must(h.Root().CreateSubkey(fmt.Sprintf(`Many\%d`, i), 1))(t)
		}
		path := writeFile(t, "new", mustWrite(t, h, WriteOptions{}))

		shell := exec.Command(testenv.Tool(t, "hivexsh"), path)
		shell.Stdin = strings.NewReader("cd \\Software\\Größe\nlsval\ncd \\Many\nls\nquit\n")
		out, err := shell.CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"text0"="world"`) || !strings.Contains(string(out), `"@"=dword:00001234`) ||
			strings.Count(string(out), "\n") < 1500 {
			t.Errorf("hivexsh: %v\n%.500s", err, out)
		}
		list, complaints := oracle(t, path, []string{"reglookup", "%"})
		if complaints != "" || strings.Count(list, "KEY") != 1504 {
			t.Errorf("reglookup lists %d keys: %.500s", strings.Count(list, "KEY"), complaints)
		}
	}
}

// TestOraclesReadEdited has them find the edits of a real hive, and nothing
// else changed.
func TestOraclesReadEdited(t *testing.T) {
	data := realHive(t, "NTUSER.DAT")
	export := []string{"hivexregedit", "--export", "%", `\`}
	before, _ := oracle(t, writeFile(t, "before", data), export)
	h := mustParse(t, data)
	k := must(h.Root().CreateSubkey(`Software\ZZZ\New`, 1))(t)
	if err := k.Set("v", RegDword, EncodeUint32(7), 1); err != nil {
		t.Fatal(err)
	}
	after, _ := oracle(t, writeFile(t, "after", mustWrite(t, h, WriteOptions{})), export)
	const edit = "[\\Software\\ZZZ]\n\n[\\Software\\ZZZ\\New]\n\"v\"=dword:00000007\n\n"
	if !strings.Contains(after, edit) {
		t.Fatal("edits are not in the export")
	}
	if rest := strings.Replace(after, edit, "", 1); rest != before {
		t.Errorf("the rest of the export has %d bytes instead of %d", len(rest), len(before))
	}
}
