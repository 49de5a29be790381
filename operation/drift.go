package operation

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
)

// Comparison says what is compared with the configuration.
type Comparison struct {
	Path  string // a WIM file, or a folder that holds a mounted or applied image
	Image string // of the configuration that it is compared with; empty: the one that writes it
	Vars  []dsl.VariableArg
}

// Compare plans the one image of the configuration that a file or folder is compared with,
// as if that were its output or target. Nothing is changed.
func (w *Workspace) Compare(ctx context.Context, c Comparison, front Front) (*planner.Plan, *Module, error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return nil, nil, err
	}
	m, diags, err := w.Open(ctx, Reading{Vars: c.Vars})
	if err != nil {
		return nil, nil, err
	}
	img, err := c.of(m)
	if err == nil {
		img.Output, img.Target = Absolute(c.Path), ""
		if info.IsDir() {
			img.Output, img.Target = "", Absolute(c.Path)
		}
		m.Input.Match = func(a dsl.Addr) bool { return a.Image == img.Name }
		w.takeKey(m)
		plan, more := planner.Make(ctx, m.Input)
		diags = Merge(diags, more)
		if err = ctx.Err(); err == nil {
			err = Check(diags, m.Config.Files)
		}
		if err == nil && plan.Image(img.Name) == nil {
			err = Explain("Can't be compared yet", "Image %s is made of others, and these are not made: run gild apply first.", img.Name)
		}
		if err == nil {
			front.Diagnostics(m.unseen(diags), m.Config.Files)
			plan.Images = []*planner.Image{plan.Image(img.Name)}
			return plan, m, nil
		}
	}
	m.Close()
	return nil, nil, err
}

// of returns the image that is compared.
func (c Comparison) of(m *Module) (*dsl.Image, error) {
	var names []string
	for _, img := range m.Config.Images {
		there := false
		for _, path := range []string{img.Output, img.Target} {
			there = there || path != "" && same(m.Input.Host.Path(path), c.Path)
		}
		if c.Image == img.Name || c.Image == "" && there {
			return img, nil
		}
		names = append(names, img.Name)
	}
	if c.Image != "" {
		return nil, Explain("No such image", "-image=%s: the configuration has the images %s.", c.Image, strings.Join(names, ", "))
	}
	return nil, Explain("Nothing to compare with", "%s is no output or target of the configuration. Say with -image which of its images it is: %s.", c.Path, strings.Join(names, ", "))
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y) || filepath.Clean(a) == filepath.Clean(b)
}
