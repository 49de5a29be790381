package lock_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gildhq/gild/operation/lock"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func entry(sort lock.Sort, address string, size int64, details ...lock.Detail) *lock.Entry {
	return &lock.Entry{Key: lock.Key{Sort: sort, Address: address}, SHA256: fmt.Sprintf("%064x", size), Size: size, Details: details}
}

func detail(name string, values ...string) lock.Detail {
	return lock.Detail{Name: name, Values: values}
}

func whole() *lock.File {
	f := &lock.File{}
	module := entry(lock.Module, "git::https://git.example/modules.git//net", 12)
	module.Constraint, module.Version, module.Revision = "~> 1.2", "v1.2.3", "0123456789abcdef0123456789abcdef01234567"
	other := entry(lock.Module, module.Address, 13)
	other.Constraint, other.Version = "~> 2.0", "v2.0.0"
	web := entry(lock.Payload, "https://files.example/a%20b.zip//net", 14)
	web.Revision = `W/"5f-a\b"`
	for _, e := range []*lock.Entry{
		entry(lock.Source, "base.wim", 1<<40, detail("edition", "Enterprise", "Education"), detail("build", "26100.2096"), detail("arch", "amd64")),
		entry(lock.Payload, "updates/kb5058411.msu", 0, detail("kb", "KB5058411"), detail("build", "26100.4061"), detail("needs", "26100.1742")),
		entry(lock.Payload, "drivers/${nic}/%{x} \"1\"", 7, detail("driver", "e1d.inf 12.19.2.45, Intel, signed by Ünïon ${x} \\ \"y\"", "b.inf 1.0")),
		other, module, web,
	} {
		f.Set(e)
	}
	return f
}

var noRanges = cmpopts.IgnoreTypes(hcl.Range{})

// TestGolden compares the text with a golden file, and reads it back.
func TestGolden(t *testing.T) {
	const golden = "testdata/gild.lock.hcl"
	text := whole().Encode()
	if *update {
		if err := os.WriteFile(golden, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, _, diags := lock.Parse(lock.Name, text)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(whole(), got, noRanges); diff != "" {
		t.Errorf("read back, -want +got:\n%s", diff)
	}
	e := got.Find(lock.Key{Sort: lock.Payload, Address: "updates/kb5058411.msu"})
	if line := strings.Split(string(text), "\n")[e.DigestRange.Start.Line-1]; !strings.Contains(line, e.SHA256) {
		t.Errorf("the range of the digest is that of %q", line)
	}
}

// TestErrors: each mistake is an error on its line, with what to do.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _, diags := lock.Parse(lock.Name, a.Files[0].Data)
			var got strings.Builder
			for _, d := range diags {
				fmt.Fprintf(&got, "%d: %s: %s\n", d.Subject.Start.Line, d.Summary, d.Detail)
			}
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "errors", Data: []byte(got.String())})
				if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if len(diags) == 0 || got.String() != string(a.Files[1].Data) {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), a.Files[1].Data)
			}
		})
	}
}

// TestMerge: changes about different payloads are at different lines, so that
// line by line both can be taken.
func TestMerge(t *testing.T) {
	base := whole()
	ours, theirs := whole(), whole()
	ours.Set(entry(lock.Payload, "a.msu", 1))
	theirs.Set(entry(lock.Payload, "updates/z.msu", 2))
	both := whole()
	both.Set(entry(lock.Payload, "a.msu", 1))
	both.Set(entry(lock.Payload, "updates/z.msu", 2))
	added := func(f *lock.File) []string {
		old := strings.Split(string(base.Encode()), "\n\n")
		return slices.DeleteFunc(strings.Split(string(f.Encode()), "\n\n"), func(block string) bool { return slices.Contains(old, block) })
	}
	if a, b, c := added(ours), added(theirs), added(both); len(a) != 1 || len(b) != 1 || !slices.Equal(append(a, b...), c) {
		t.Errorf("%q and %q are not %q", a, b, c)
	}
}

func TestNewDetail(t *testing.T) {
	for _, one := range []struct{ in, want string }{
		{"Intel\r\n Corporation", "Intel Corporation"}, {"a\x00b\x1b[2J", "a b [2J"}, {" \t", ""}, {strings.Repeat("ä", 400), strings.Repeat("ä", 299) + "…"}, {"a\xffb", "a b"},
	} {
		d, ok := lock.NewDetail("signer", one.in, one.in)
		if ok != (one.want != "") || ok && (len(d.Values) != 1 || d.Values[0] != one.want) {
			t.Errorf("%q: %q", one.in, d.Values)
		}
	}
}

// FuzzParse: whatever a file holds, there is a file or an error on a line of it, and what
// was read is written and read the same.
func FuzzParse(f *testing.F) {
	f.Add(whole().Encode())
	files, _ := filepath.Glob("testdata/errors/*.txtar")
	for _, name := range files {
		if a, err := txtar.ParseFile(name); err == nil {
			f.Add(a.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, quoted, diags := lock.Parse("x", text)
		if diags.HasErrors() {
			for _, d := range diags {
				if d.Subject == nil || d.Subject.Start.Line < 1 || d.Subject.Start.Byte > len(text) || quoted == nil {
					t.Fatalf("no place: %v", d)
				}
			}
			return
		}
		again, _, diags := lock.Parse("x", got.Encode())
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, got.Encode())
		}
		if diff := cmp.Diff(got, again, noRanges); diff != "" {
			t.Errorf("%s", diff)
		}
	})
}

// FuzzEncode: texts of others become a file that says the same.
func FuzzEncode(f *testing.F) {
	f.Add("drivers/${x}", "Intel\n", `W/"1"`)
	f.Fuzz(func(t *testing.T, address, value, revision string) {
		a, ok := lock.NewDetail("address", address)
		if !ok {
			return
		}
		file := &lock.File{}
		e := entry(lock.Payload, a.Values[0], 1)
		if d, ok := lock.NewDetail("signer", value); ok {
			e.Details = append(e.Details, d)
		}
		if r, ok := lock.NewDetail("revision", revision); ok {
			e.Revision = r.Values[0]
		}
		file.Set(e)
		got, _, diags := lock.Parse("x", file.Encode())
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, file.Encode())
		}
		if diff := cmp.Diff(file, got, noRanges); diff != "" {
			t.Errorf("%s", diff)
		}
	})
}
