package planner_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// TestClaimsOnce holds that the claims of resources are not compared in pairs.
func TestClaimsOnce(t *testing.T) {
	const n = 300
	dir := t.TempDir()
	plantest.Write(t, filepath.Join(dir, "base.json"), baseImage)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), fmt.Sprintf(`
image "kiosk" {
  source = "base.json"
  output = "out.json"

  setting "a" {
    for_each = toset([for i in range(%d) : "s${i}"])
    name     = each.key
    value    = "1"
  }
}
`, n))
	in, diags := plantest.Load(t, dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var asked atomic.Int64
	for _, kind := range in.Providers {
		if kind.Kind == "setting" {
			claims := kind.Claims
			kind.Claims = func(want cty.Value, absent bool) []providers.Claim {
				asked.Add(1)
				return claims(want, absent)
			}
		}
	}
	if p, diags := planner.Make(t.Context(), in); p == nil || len(p.Images[0].Steps) != n {
		t.Fatal(diags)
	}
	if got := asked.Load(); got > 10*n {
		t.Errorf("the claims of %d resources were asked for %d times", n, got)
	}
}

// counting counts the images that are opened, and those that are open.
type counting struct {
	plantest.Backend
	opened map[string]int
	open   *int
	most   *int
}

type counted struct {
	image.Session
	open *int
}

func (c counting) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := c.Backend.Open(ctx, ref, opts)
	if err != nil {
		return nil, err
	}
	c.opened[filepath.Base(ref.Path)]++
	*c.open++
	*c.most = max(*c.most, *c.open)
	return counted{s, c.open}, nil
}

func (c counted) Unwrap() image.Session { return c.Session }

func (c counted) Close() error {
	*c.open--
	return c.Session.Close()
}

// TestOpenImages holds that a plan of many images keeps few of them open, and opens what
// they share once.
func TestOpenImages(t *testing.T) {
	const n = 30
	dir := t.TempDir()
	var config strings.Builder
	plantest.Write(t, filepath.Join(dir, "base.json"), baseImage)
	for i := range n {
		made := plantest.Image{Name: "made", Receipt: (&planner.Image{}).Receipt("1").Encode()}
		plantest.Write(t, filepath.Join(dir, fmt.Sprintf("out%d.json", i)), string(made.Encode()))
		fmt.Fprintf(&config, "image \"i%d\" {\n  source = \"base.json\"\n  output = \"out%d.json\"\n}\n", i, i)
	}
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), config.String())
	in, diags := plantest.Load(t, dir)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	b := counting{opened: map[string]int{}, open: new(int), most: new(int)}
	in.Backends = []image.Backend{b}
	if p, diags := planner.Make(t.Context(), in); p == nil || len(p.Images) != n {
		t.Fatal(diags)
	}
	if *b.most > 6 || *b.open != 0 {
		t.Errorf("at most %d images were open, and at the end %d", *b.most, *b.open)
	}
	if b.opened["base.json"] != 1 || b.opened["out7.json"] != 1 || len(b.opened) != n+1 {
		t.Errorf("opened %v", b.opened)
	}
}
