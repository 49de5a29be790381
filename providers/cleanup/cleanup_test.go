package cleanup

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func queues(args ...string) func(t *testing.T, m *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		jobs, err := bootjob.Jobs(m)
		if err != nil || len(jobs) != 1 || !slices.Equal(jobs[0].Commands[0].Args, args) {
			t.Fatalf("queued is %+v, %v; want %q", jobs, err, args)
		}
		if jobs[0].Stage != bootjob.StageCleanup || !slices.Equal(jobs[0].Commands[0].OK, []uint32{0x800F0806}) {
			t.Errorf("queued is %+v", jobs[0])
		}
	}
}

func TestSuite(t *testing.T) {
	reset := regimage.Hives(t, `[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing]`+"\n\"LastResetBase_UTC\"=\"2024-01-01\"\n")
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "cleanup", Set: object{}, After: queues("/Cleanup-Image", "/StartComponentCleanup")},
		{Name: "reset", Image: reset, Set: object{"what": cty.StringVal("component_store"), "reset_base": cty.True},
			After: queues("/Cleanup-Image", "/StartComponentCleanup", "/ResetBase")},
		{Name: "deferred", Set: object{"start_component_cleanup": cty.True, "reset_base": cty.True, "defer": cty.True},
			After: queues("/Cleanup-Image", "/StartComponentCleanup", "/ResetBase", "/Defer")},
		{Name: "absent", Set: object{}, Absent: true, Unchanged: true},
	})
}

func TestRefusals(t *testing.T) {
	providertest.Refuse(t, Provider(), []providertest.Refusal{
		{Name: "nothing", Set: object{"start_component_cleanup": cty.False}, Attr: "start_component_cleanup", Says: `ensure = "absent"`},
		{Name: "defer alone", Set: object{"defer": cty.True}, Attr: "defer", Says: "reset_base = true"},
	})
}

// pe is an image of Windows PE.
type pe struct{ *providertest.Image }

func (pe) Info(context.Context) (image.Info, error) {
	return image.Info{InstallationType: "WindowsPE"}, nil
}

// TestQueued changes what is queued, and asks for it where it never runs.
func TestQueued(t *testing.T) {
	p, m := Provider(), providertest.NewImage(t, nil, true)
	checked := func(set object) cty.Value {
		v, err := p.Checked(providertest.Value(t, p, set), false)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	plain, reset := checked(object{}), checked(object{"reset_base": cty.True})
	for _, want := range []cty.Value{reset, plain} {
		c := providers.Change{Action: providers.Update, Want: want}
		if err := p.Way("first-boot").Check(t.Context(), m, c); err != nil {
			t.Error(err)
		}
		if err := p.Way("first-boot").Check(t.Context(), pe{m}, c); err == nil || !strings.Contains(err.Error(), "Windows PE") {
			t.Errorf("in Windows PE: %v", err)
		}
		if err := p.Way("first-boot").Apply(t.Context(), m, nil, []providers.Change{c}); err != nil {
			t.Fatal(err)
		}
		have, err := p.Found(t.Context(), m, want)
		if err != nil || !have.GetAttr("reset_base").RawEquals(want.GetAttr("reset_base")) {
			t.Errorf("queued is %#v, %v", have, err)
		}
	}
	queues("/Cleanup-Image", "/StartComponentCleanup")(t, m)
}
