package firstboot_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/internal/regimage"
)

const records = `HKLM\SOFTWARE\gild\FirstBoot`

// recorded are hives in which a machine has recorded states, of the queue by "".
func recorded(t *testing.T, states map[string]string) map[string]string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(states)) {
		key := strings.TrimSuffix(records+`\`+id, `\`)
		fmt.Fprintf(&b, "[%s]\n\"State\"=%q\n", key, states[id])
		if states[id] == "failed" {
			b.WriteString("\"ExitCode\"=dword:800f0902\n\"Time\"=\"Tue 12/01/2026 12:00:00.00\"\n")
		}
		b.WriteString("\n")
	}
	files := map[string]string{}
	for name, data := range regimage.Hives(t, b.String()) {
		files[name] = string(data)
	}
	return files
}

func (o opened) results(t *testing.T) string {
	t.Helper()
	r, err := firstboot.Open(o, firstboot.Options{}).ReadResults(o.Files.(image.Registry))
	if err != nil {
		t.Fatal(err)
	}
	out := r.State
	for _, a := range r.Actions {
		out += fmt.Sprintf(" %s=%s", a.ID, a.State)
		if a.ExitCode != nil {
			out += fmt.Sprintf("(%d)", *a.ExitCode)
		}
		if a.Log != "" {
			out += "+log"
		}
	}
	if r.Failed() {
		out += " FAILED"
	}
	return out
}

// TestResults reads the records of a machine before, during and after the first boot,
// when the queue is gone.
func TestResults(t *testing.T) {
	const started = image.FirstBootFolder + "/started"
	both := []image.Action{script("b", 1), script("A", 2)}
	for _, c := range []struct {
		what   string
		states map[string]string
		more   map[string]string
		queue  []image.Action
		want   string
	}{
		{"nothing", nil, nil, nil, "none"},
		{"not begun", nil, nil, both, "queued b=queued A=queued"},
		{"records of another machine", map[string]string{"": "finished", "a": "done"}, nil, both, "queued b=queued A=queued"},
		{"stopped", map[string]string{"": "stopped", "b": "failed"}, map[string]string{started: "x", "Windows/Logs/gild/first-boot-b.log": "x"}, both,
			"stopped b=failed(-2146498302)+log A=queued FAILED"},
		{"waiting", map[string]string{"": "waiting", "b": "failed"}, map[string]string{started: "x"}, both, "waiting b=failed(-2146498302) A=queued"},
		{"finished", map[string]string{"": "finished", "B": "done", "a": "done"}, nil, nil, "finished a=done B=done"},
		{"finished with a failure", map[string]string{"": "finished", "b": "failed", "a": "done"}, nil, nil, "finished a=done b=failed(-2146498302) FAILED"},
	} {
		files := recorded(t, c.states)
		o := open(t, files)
		o.queue(t, c.queue...)
		for name, text := range c.more {
			if err := o.MkdirAll(name[:strings.LastIndexByte(name, '/')], image.Meta{}); err != nil {
				t.Fatal(err)
			}
			if err := o.WriteFile(name, strings.NewReader(text), image.Meta{}); err != nil {
				t.Fatal(err)
			}
		}
		if got := o.results(t); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
