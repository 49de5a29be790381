package plantest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Kinds returns the kinds: setting, and the same in other phases and with other
// ways as early, batched and servicing.
func Kinds() []*providers.Provider {
	early := Kind("early", providers.PhaseDriver)
	early.Facts = func(cty.Value) []providers.Fact { return []providers.Fact{providers.Drivers{}} }
	batched := Kind("batched", providers.PhaseSetting)
	batched.Ways[0].Batch = true
	batched.Ways[0].EffectIn = effect
	servicing := Kind("servicing", providers.PhaseFeature)
	servicing.Ways = []providers.Way{{
		Name: providers.ByDISM, Effect: providers.Now("by DISM"), Needs: []image.Capability{image.CanService, CanSettings}, Apply: apply,
	}}
	setting := Kind("setting", providers.PhaseSetting)
	setting.Makes = func(of any) *cty.Value {
		h, ok := of.(half)
		if !ok {
			return nil
		}
		v := cty.ObjectVal(h)
		return &v
	}
	return []*providers.Provider{setting, early, batched, servicing, update(), pair(), queued(), job(), sweep()}
}

// queued is a kind whose authors choose the place in the queue of the first boot;
// with the backend dism it is made now.
func queued() *providers.Provider {
	p := Kind("queued", providers.PhaseSetting)
	p.Schema = append(p.Schema, dsl.Attr{Name: "order", Type: cty.Number, Default: cty.NumberIntVal(500), Hint: true, Order: true, Doc: "Place in the queue."})
	now := providers.Way{Name: providers.ByDISM, Effect: providers.Now("by DISM"), Needs: []image.Capability{image.CanService, CanSettings}, Apply: apply}
	p.Ways[0].Name, p.Ways[0].Effect = providers.FirstBoot, providers.AtFirstBoot()
	p.Ways[0].QueuedAt = func(c providers.Change) (providers.QueuePlace, bool) {
		if c.Action == providers.Delete {
			return providers.QueuePlace{}, false
		}
		order, _ := c.Want.GetAttr("order").AsBigFloat().Int64()
		return providers.QueuePlace{Order: int(order), ID: text(c.Want, "name")}, true
	}
	p.Ways = append([]providers.Way{now}, p.Ways...)
	return p
}

// sweep is a kind that resets the setting its value names.
func sweep() *providers.Provider {
	p := Kind("sweep", providers.PhaseLocale)
	p.Resets = func(want cty.Value, _ bool) []providers.Reset {
		return []providers.Reset{{Claim: providers.ClaimFile(text(want, "value")), Why: "a sweep before it resets such settings"}}
	}
	return p
}

// job is a kind whose place in the queue is fixed.
func job() *providers.Provider {
	p := Kind("job", providers.PhaseFeature)
	p.Ways[0].QueuedAt = func(providers.Change) (providers.QueuePlace, bool) { return providers.QueuePlace{Order: 300}, true }
	return p
}

// update is a kind whose value tells its phase, and that is applied again after
// early ones.
func update() *providers.Provider {
	p := Kind("update", providers.PhasePackage)
	p.PhaseOf = func(want cty.Value, absent bool) providers.Phase {
		switch {
		case absent:
			return providers.PhaseRemoval
		case text(want, "value") == "framework":
			return providers.PhaseDotNet
		}
		return providers.PhasePackage
	}
	p.Again = func(_ cty.Value, earlier []providers.Earlier) string {
		for e := range providers.Told[providers.Drivers](earlier) {
			return "it has to service " + e.Addr.Local()
		}
		return ""
	}
	return p
}

// half is a setting that a pair stands for.
type half map[string]cty.Value

// pair is a kind that expands to two settings: its name with .a and .b.
func pair() *providers.Provider {
	return providers.Typed[cty.Value]{
		Kind: "pair", Doc: "Two settings.", Phase: providers.PhaseSetting,
		Schema: dsl.Schema{
			{Name: "name", Type: cty.String, Doc: "Its name.", Key: true, Required: true},
			{Name: "value", Type: cty.String, Doc: "The value of both."},
			{Name: "secret", Type: cty.String, Doc: "The secret of the second.", Sensitive: true},
		},
		Check: check,
		Expand: func(want cty.Value, absent bool) ([]providers.Child, error) {
			child := func(end, attr string) providers.Child {
				return providers.Child{Of: half{
					"name": cty.StringVal(text(want, "name") + "." + end), attr: want.GetAttr(attr),
				}, Name: end, Absent: absent, Attr: attr}
			}
			return []providers.Child{child("a", "value"), child("b", "secret")}, nil
		},
	}.Provider()
}

// Kind returns a kind that reads and writes [Settings].
func Kind(name string, phase providers.Phase) *providers.Provider {
	return providers.Typed[cty.Value]{
		Kind: name, Doc: "A setting.", Phase: phase,
		Schema: dsl.Schema{
			{Name: "name", Type: cty.String, Doc: "Its name.", Key: true, Required: true, Fold: true},
			{Name: "value", Type: cty.String, Doc: "Its value."},
			{Name: "style", Type: cty.String, Doc: "A word.", Fold: true},
			{Name: "tags", Type: cty.Set(cty.String), Doc: "Words."},
			{Name: "secret", Type: cty.String, Doc: "A secret.", Sensitive: true},
			{Name: "file", Type: cty.String, Doc: "A file with the value.", Hint: true},
			{Name: "sha256", Type: cty.String, Doc: "Its digest.", Computed: true},
		},
		Check: check, Claims: claims, Resolve: resolve, Read: read, Warn: warn,
		Ways: []providers.Way{{Name: providers.Offline, Effect: providers.Now(providers.Offline), Needs: []image.Capability{CanSettings}, Apply: apply}},
	}.Provider()
}

// effect says later what has that style, and refuses what can't be.
func effect(_ context.Context, _ image.Session, _ providers.Host, c providers.Change) (providers.Effect, error) {
	switch text(c.Want, "style") {
	case "later":
		return providers.AtFirstBoot(), nil
	case "never":
		return providers.Effect{}, &providers.Problem{Attr: "style", Summary: "No such style", Detail: "It can't be."}
	}
	return providers.Now(providers.Offline), nil
}

// warn warns of what has that style.
func warn(_ context.Context, _ image.Session, _ providers.Around, want cty.Value, absent bool) ([]*providers.Problem, error) {
	if text(want, "style") != "odd" {
		return nil, nil
	}
	return []*providers.Problem{{Attr: "style", Summary: "Odd style", Detail: fmt.Sprintf("Absent: %t.", absent)}}, nil
}

func text(v cty.Value, attr string) string {
	if a := v.GetAttr(attr); !a.IsNull() {
		return a.AsString()
	}
	return ""
}

func check(want *cty.Value, _ bool) error {
	if text(*want, "value") == "forbidden" {
		return &providers.Problem{Attr: "value", Summary: "Forbidden value", Detail: "Choose another."}
	}
	return nil
}

func claims(want cty.Value, _ bool) []providers.Claim {
	return []providers.Claim{providers.ClaimFile(text(want, "name"))}
}

// resolve makes the value of a file's content.
func resolve(ctx context.Context, host providers.Host, want *cty.Value) error {
	file := text(*want, "file")
	if file == "" {
		return nil
	}
	digest, err := host.Digest(ctx, file)
	if err != nil {
		return &providers.Problem{Attr: "file", Summary: "No such file", Detail: err.Error()}
	}
	content, err := os.ReadFile(host.Path(file))
	if err != nil {
		return err
	}
	attrs := want.AsValueMap()
	attrs["value"], attrs["sha256"] = cty.StringVal(string(content)), cty.StringVal(digest.SHA256)
	*want = cty.ObjectVal(attrs)
	return nil
}

func read(_ context.Context, s image.Session, want cty.Value) (*cty.Value, error) {
	settings, err := providers.Need[Settings](s, CanSettings)
	if err != nil {
		return nil, err
	}
	have, ok := settings.Get(text(want, "name"))
	if !ok {
		return nil, nil
	}
	attrs := want.AsValueMap()
	attrs["value"], attrs["secret"] = cty.StringVal(have.Value), cty.StringVal(have.Secret)
	attrs["style"], attrs["tags"] = cty.StringVal("PLAIN"), cty.SetValEmpty(cty.String)
	attrs["file"] = cty.NullVal(cty.String)
	attrs["sha256"] = cty.StringVal(fmt.Sprintf("%x", sha256.Sum256([]byte(have.Value))))
	var tags []cty.Value
	for _, t := range have.Tags {
		tags = append(tags, cty.StringVal(t))
	}
	if tags != nil {
		attrs["tags"] = cty.SetVal(tags)
	}
	v := cty.ObjectVal(attrs)
	return &v, nil
}

func apply(_ context.Context, s image.Session, _ providers.Host, changes []providers.Change) error {
	settings, err := providers.Need[Settings](s, CanSettings)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if err := applyOne(settings, c); err != nil {
			return fmt.Errorf("%s: %w", c.Addr, err)
		}
	}
	return nil
}

func applyOne(settings Settings, c providers.Change) error {
	name := text(c.Want, "name")
	if c.Action == providers.Delete {
		return settings.Remove(name)
	}
	v, _ := settings.Get(name)
	for attr, field := range map[string]*string{"value": &v.Value, "secret": &v.Secret} {
		if a := c.Want.GetAttr(attr); !a.IsNull() {
			*field = a.AsString()
		}
	}
	if tags := c.Want.GetAttr("tags"); !tags.IsNull() {
		v.Tags = nil
		for _, t := range tags.AsValueSlice() {
			v.Tags = append(v.Tags, t.AsString())
		}
		slices.Sort(v.Tags)
	}
	return settings.Set(name, v)
}
