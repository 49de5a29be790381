package policy

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/format"
)

func write(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.rego"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAsk holds what rules say, by which names, and that nobody else's time counts.
func TestAsk(t *testing.T) {
	set, err := Load(write(t, `package company.images

deny contains "denied" if input.x == 1
violation_b contains {"msg": "violated", "address": "kiosk/file.a", "attribute": "path"} if input.x == 1
warn contains "warned" if input.x == 1
warn contains "never" if input.x == 2
other contains "no rule" if true
deny_late contains "late" if time.now_ns() > time.parse_rfc3339_ns("2030-01-01T00:00:00Z")
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := set.Ask(t.Context(), []byte(`{"x": 1}`), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	want := []Verdict{
		{"company.images", true, "denied", "", ""},
		{"company.images", true, "violated", "kiosk/file.a", "path"},
		{"company.images", false, "warned", "", ""},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	late, err := set.Ask(t.Context(), []byte(`{}`), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(late) != 1 || late[0].Message != "late" {
		t.Errorf("got %+v, %v", late, err)
	}
}

// TestLoadErrors holds what is refused: what reaches out, what differs from call to call,
// and what checks nothing.
func TestLoadErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"package a\ndeny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"http://localhost\"})", "a.rego:2: undefined function http.send"},
		{"package a\ndeny contains \"x\" if net.lookup_ip_addr(\"localhost\")", "undefined function net.lookup_ip_addr"},
		{"package a\ndeny contains \"x\" if opa.runtime().env.HOME", "undefined function opa.runtime"},
		{"package a\ndeny contains \"x\" if rand.intn(\"a\", 2) == 1", "undefined function rand.intn"},
		{"package a\ndeny contains \"x\" if uuid.rfc4122(\"a\")", "undefined function uuid.rfc4122"},
		{"package a\ndeni contains \"x\" if true", "there is no rule deny, violation or warn"},
		{"package a\n\ndeny contains", "a.rego:3: "},
		{"package a\n# " + strings.Repeat("x", maxFile), "larger than"},
	} {
		if _, err := Load(write(t, tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: got %v, want %s", tt.text, err, tt.want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no .rego file") {
		t.Errorf("an empty folder: %v", err)
	}
	outside := write(t, "package a\ndeny contains \"x\" if true")
	dir := write(t, "package b\ndeny contains \"x\" if true")
	if err := os.Symlink(filepath.Join(outside, "a.rego"), filepath.Join(dir, "link.rego")); err == nil {
		if set, err := Load(dir); err == nil && len(set.rules) != 1 {
			t.Error("a link out of the folder was followed")
		}
	}
}

// TestAskErrors holds that what can't be decided is an error and allows nothing.
func TestAskErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"package a\ndeny contains \"x\" if to_number(input.x) > 1", "to_number"},
		{"package a\ndeny if input.x", "not a set of messages"},
		{"package a\ndeny contains 1 if input.x", "no message"},
		{"package a\ndeny contains {\"message\": \"x\"} if input.x", "no message"},
	} {
		set, err := Load(write(t, tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := set.Ask(t.Context(), []byte(`{"x": "one"}`), time.Now()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, %v, want %s", tt.text, got, err, tt.want)
		}
	}
	set, err := Load(write(t, "package a\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j == 0\n}"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	began := time.Now()
	if _, err := set.Ask(ctx, []byte(`{}`), time.Now()); err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

const examples = "../../examples/policies"

// TestExamples runs the tests of the examples, and holds that they are formatted as opa fmt
// formats them.
func TestExamples(t *testing.T) {
	modules, err := read([]string{examples}, true)
	if err != nil {
		t.Fatal(err)
	}
	for name := range modules {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		formatted, err := format.Source(name, text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, formatted) {
			t.Errorf("%s: formatted it is\n%s", name, formatted)
		}
	}
	results, err := Test(t.Context(), "", examples)
	if err != nil || len(results) < 15 {
		t.Fatal(len(results), err)
	}
	for _, r := range results {
		if r.Outcome != Passed {
			t.Errorf("%+v", r)
		}
	}
	set, err := Load(examples)
	if err != nil || len(set.rules) != 5 {
		t.Fatal(set, err)
	}
}

// TestOutcomes holds that a test that fails, one in error and one that is to do are told
// apart.
func TestOutcomes(t *testing.T) {
	results, err := Test(t.Context(), "", write(t, `package a

test_a_good if true

test_b_bad if {
	print("seen")
	1 == 2
}

test_c_error if to_number("x") == 1

todo_test_d if false
`))
	if err != nil || len(results) != 4 {
		t.Fatal(results, err)
	}
	for i, want := range []Outcome{Passed, Failed, Errored, Skipped} {
		if results[i].Outcome != want {
			t.Errorf("%s: %s, want %s", results[i].Name, results[i].Outcome, want)
		}
	}
	if results[1].Detail != "seen" || results[1].Line != 5 || !strings.Contains(results[2].Detail, "to_number") {
		t.Errorf("got %+v", results)
	}
}
