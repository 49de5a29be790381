package winpackage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
	"github.com/gildhq/gild/providers/viadism"
)

// serviced is an image whose DISM keeps what it is told, with the packages in the
// folder that it is pointed to.
type serviced struct {
	*providertest.Image
	calls []string
}

func (s *serviced) Dism(_ context.Context, args ...string) (*transcript.Transcript, error) {
	call := args[0]
	for _, a := range args[1:] {
		_, path, _ := strings.Cut(a, ":")
		call += " " + filepath.Base(path)
		if !strings.HasSuffix(path, ".msu") {
			continue
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Name() != filepath.Base(path) {
				call += " (" + e.Name() + ")"
			}
		}
	}
	s.calls = append(s.calls, call)
	return &transcript.Transcript{}, nil
}

func (s *serviced) Warn(string) {}

// TestPlaces gives DISM what it needs and nothing else: a cumulative update
// with those checkpoints that the image lacks, and each for itself.
func TestPlaces(t *testing.T) {
	host := providertest.NewHost(t, map[string]string{
		"chain/target.msu": msuOf(true, lcu(4000)), "chain/first.msu": msuOf(true, lcu(1742)),
		"chain/second.msu": msuOf(true, lcu(2000)), "chain/later.msu": msuOf(true, lcu(5000)),
		"up/ssu.cab": ssu(3990).cab(), "up/odd.bin": made{name: "Package_for_KB5001234", version: "10.0.1.2", release: "Hotfix"}.cab(),
		"up/fix.cab": made{name: "Package_for_KB5001235", version: "10.0.1.2", release: "Hotfix"}.cab(),
	})
	p := Provider()
	s := &serviced{Image: providertest.NewImage(t, windows(t, recorded(lcu(1742).identity(), installed, 1)), true)}
	var changes []providers.Change
	for _, source := range []string{"up/ssu.cab", "up/odd.bin", "up/fix.cab", "chain/target.msu"} {
		want, err := p.Checked(providertest.Value(t, p, object{"source": str(source)}), false)
		if err == nil {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, providers.Change{Action: providers.Create, Want: want})
	}
	if err := p.Way(providers.ByDISM).Apply(t.Context(), s, host, changes); err != nil {
		t.Fatal(err)
	}
	const want = "/Add-Package ssu.cab\n/Add-Package odd.cab fix.cab\n/Add-Package target.msu (second.msu)"
	if got := strings.Join(s.calls, "\n"); got != want {
		t.Errorf("DISM was told\n%s\nwant\n%s", got, want)
	}
}

// TestBroughtBefore takes for there what earlier changes of the plan bring.
func TestBroughtBefore(t *testing.T) {
	chained := lcu(4000)
	chained.parents = []string{"Package_for_RollupFix 26100.1742.1.10"}
	host := providertest.NewHost(t, map[string]string{"a/chained.msu": msuOf(false, chained), "b/first.msu": msuOf(false, lcu(1742))})
	p := Provider()
	s := &serviced{Image: providertest.NewImage(t, windows(t), true)}
	change := func(source string) providers.Change {
		want, err := p.Checked(providertest.Value(t, p, object{"source": str(source)}), false)
		if err == nil {
			want, err = p.Resolved(t.Context(), host, want)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := providers.Change{Action: providers.Create, Want: want}
		return c
	}
	c := change("a/chained.msu")
	check := p.Way(providers.ByDISM).Check
	if err := check(t.Context(), s, c); err == nil || !strings.Contains(err.Error(), "26100.1742.1.10") {
		t.Error(err)
	}
	first := change("b/first.msu")
	c.Earlier = []providers.Earlier{p.Earlier(first.Addr, first.Action, first.Want, viadism.Effect())}
	if err := check(t.Context(), s, c); err != nil {
		t.Error(err)
	}
}
