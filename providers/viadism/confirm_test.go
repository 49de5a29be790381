package viadism_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// confirm has DISM list what a change has made. Old and new replace what it prints.
func (b *bench) confirm(kind string, absent bool, set attrs, old, new string) []providers.Doubt {
	b.Helper()
	p, c := b.change(kind, set, absent)
	c.Action = providers.Create
	if absent {
		c.Action = providers.Delete
	}
	altered := old == ""
	ask := func(args ...string) (*transcript.Transcript, error) {
		lines := slices.Clone(b.lines)
		d, err := providers.Need[image.Servicer](b.Session, image.CanService)
		if err != nil {
			return nil, err
		}
		t, err := d.Dism(b.Context(), args...)
		b.lines = lines
		if err != nil || old == "" {
			return t, err
		}
		for _, r := range t.Records {
			for i := range r {
				altered = altered || strings.Contains(r[i].Value, old)
				r[i].Value = strings.ReplaceAll(r[i].Value, old, new)
			}
		}
		return t, nil
	}
	doubts, err := p.Way(providers.ByDISM).Confirm(b.Context(), b, ask, c)
	if err != nil {
		b.Fatalf("%s: %v", kind, err)
	}
	if !altered {
		b.Errorf("%s: DISM lists no %q", kind, old)
	}
	return doubts
}

// TestConfirm makes changes of all kinds, which DISM confirms, and does not any more
// when it lists something else.
func TestConfirm(t *testing.T) {
	nic := attrs{"source": str("payloads/drivers/nic"), "force_unsigned": cty.True}
	for _, c := range []struct {
		kind         string
		set          attrs
		absent       bool
		old, new     string
		wanted, told string
	}{
		{"feature", attrs{"name": str("TelnetClient")}, false, "Enabled", "Disabled", "Enabled", "Disabled"},
		{"feature", attrs{"name": str("TelnetClient")}, false, "TelnetClient", "Telnet", "Enabled", "nothing"},
		{"capability", attrs{"name": str("OpenSSH.Client~~~~0.0.1.0")}, true, "Not Present", "Installed", "Not Present", "Installed"},
		{"package", attrs{"source": str(update)}, false, "Installed", "Staged", "Installed", "Staged"},
		{"package", attrs{"source": str(update)}, false, "RollupFix", "Rollup", "Installed", "nothing"},
		{"language_pack", attrs{"source": str(german)}, false, "Installed", "Staged", "Installed", "Staged"},
		{"driver", nic, false, "contosonic.inf", "other.inf", "", "nothing"},
		{"edition", attrs{"name": str("Enterprise")}, false, "Enterprise", "Professional", "Enterprise", "Professional"},
		{"appx", attrs{"name": str("Contoso.Reader"), "source": str("reader.msix")}, false, "Contoso.Reader_2.0.0.0", "Contoso.Reader_1.0.0.0", "Contoso.Reader_2.0.0.0", "Contoso.Reader_1.0.0.0"},
		{"international", attrs{"time_zone": str("W. Europe Standard Time")}, false, "W. Europe", "Turkey", "W. Europe Standard Time", "Turkey Standard Time"},
	} {
		t.Run(c.kind+" "+c.new, func(t *testing.T) {
			b := newBench(t, sample.Options{})
			app(t, b.host.Path("reader.msix"), "Contoso.Reader", "2.0.0.0")
			b.apply(c.kind, c.absent, c.set)
			if doubts := b.confirm(c.kind, c.absent, c.set, "", ""); len(doubts) > 0 {
				t.Errorf("not confirmed: %+v", doubts)
			}
			doubts := b.confirm(c.kind, c.absent, c.set, c.old, c.new)
			if len(doubts) != 1 || !strings.HasPrefix(doubts[0].Wanted, c.wanted) || !strings.HasPrefix(doubts[0].Told, c.told) {
				t.Errorf("%+v, want %q, %q", doubts, c.wanted, c.told)
			}
		})
	}
}

// TestConfirmAbsent has DISM confirm that things are gone, or not when it has not been
// told yet.
func TestConfirmAbsent(t *testing.T) {
	b := newBench(t, sample.Options{})
	nic := attrs{"source": str("payloads/drivers/nic"), "force_unsigned": cty.True}
	b.apply("driver", false, nic)
	b.apply("feature", false, attrs{"name": str("TelnetClient")})
	b.apply("language_pack", false, attrs{"source": str(german)})
	b.apply("package", false, attrs{"source": str(basic)})
	for _, c := range []struct {
		kind string
		set  attrs
	}{
		{"package", attrs{"identity": str("Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~10.0.26100.1")}},
		{"language_pack", attrs{"language": str("de-DE")}},
		{"feature", attrs{"name": str("TelnetClient")}},
		{"driver", attrs{"original_name": str("contosonic.inf")}},
		{"appx", attrs{"name": str("Microsoft.WindowsCalculator")}},
	} {
		kind, set := c.kind, c.set
		if doubts := b.confirm(kind, true, set, "", ""); len(doubts) == 0 {
			t.Errorf("%s: confirmed, and still there", kind)
		}
		b.apply(kind, true, set)
		if doubts := b.confirm(kind, true, set, "", ""); len(doubts) > 0 {
			t.Errorf("%s: %+v", kind, doubts)
		}
	}
}

// altering is a DISM that prints something else.
type altering struct {
	emulated
	command, old, new string
}

func (a altering) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	if !slices.Contains(args, a.command) {
		return a.emulated.Run(ctx, args, out)
	}
	var text bytes.Buffer
	code, err := a.emulated.Run(ctx, args, &text)
	if _, problem := out.Write(bytes.ReplaceAll(text.Bytes(), []byte(a.old), []byte(a.new))); problem != nil {
		return code, problem
	}
	return code, err
}

// TestFactoryConfirmed makes the images of the example, and has DISM list once of each
// what it has made; one that DISM lists otherwise is not written.
func TestFactoryConfirmed(t *testing.T) {
	f := newFactory(t)
	plan, opts := f.plan("dism")
	opts.Confirm = true
	lying := dism.Backend{Pause: time.Millisecond, Program: altering{emulated{f.machine, &f.lines, nil}, "/Get-Features", "Feature Name : TelnetClient", "Feature Name : Telnet"}}
	honest := opts.Backends
	opts.Backends = []image.Backend{lying, offline.Backend{}}
	one := &planner.Plan{}
	*one = *plan
	one.Images = plan.Images[:1]
	_, err := executor.Apply(t.Context(), one, opts)
	if !errors.Is(err, executor.ErrVerify) {
		t.Fatalf("%v, want that DISM lists something else", err)
	}
	for _, want := range []string{"profiles.gild.hcl:", "feature TelnetClient: wanted Enabled, listed nothing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not hold %q", err, want)
		}
	}
	opts.Backends, f.lines = honest, nil
	if _, err := executor.Apply(t.Context(), one, opts); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"/Get-Packages", "/Get-Features", "/Get-Capabilities", "/Get-Drivers", "/Get-Intl", "/Get-CurrentEdition", "/Get-ProvisionedAppxPackages"} {
		n := 0
		for _, l := range f.lines {
			if l == command {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s was asked for %d times", command, n)
		}
	}
	f.lines = nil
	if _, err := executor.Apply(t.Context(), plan, opts); err != nil {
		t.Fatal(err)
	}
}
