package executor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
)

// family is a configuration of so many images that begin with the same steps.
func family(images, common int) string {
	var b strings.Builder
	b.WriteString("image \"kiosk\" {\n  for_each = toset([")
	for i := range images {
		fmt.Fprintf(&b, "%q, ", fmt.Sprintf("%02d", i))
	}
	b.WriteString("])\n  source = \"base.wim\"\n  output = \"kiosk-${each.key}.wim\"\n")
	b.WriteString(block("setting", "own", "a-own", "${each.key}"))
	for i := range common {
		b.WriteString(setting(fmt.Sprintf("s%02d", i), "x"))
	}
	b.WriteString("}\n")
	return b.String()
}

// counting counts the sessions that are open for writing at once.
type counting struct {
	image.Backend
	open, most atomic.Int32
}

func (c *counting) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := c.Backend.Open(ctx, ref, opts)
	if err != nil || !opts.Write {
		return s, err
	}
	n := c.open.Add(1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			return &counted{Session: s, of: c}, nil
		}
	}
}

type counted struct {
	image.Session
	of   *counting
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.of.open.Add(-1) })
	return c.Session.Close()
}

func (c *counted) Unwrap() image.Session { return c.Session }

// TestSharedSteps makes 24 images at once: the limit is respected, and what they
// begin with is made once, however many are at work.
func TestSharedSteps(t *testing.T) {
	const images, common = 24, 10
	for _, parallel := range []int{0, 1, 2, 7, 100} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			dir := module(t, family(images, common))
			j := newJob(t, dir)
			backend := &counting{Backend: j.opts.Backends[0]}
			j.opts.Backends, j.opts.Parallel = []image.Backend{backend}, parallel
			made := map[string]int{}
			j.opts.Events = func(e record.Event) {
				if e.Type == record.StepDone {
					made[record.Local(e.Address, e.Image)]++
				}
			}
			r, err := j.apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n := int(backend.most.Load()); n > max(parallel, 1) {
				t.Errorf("%d images were at work at once", n)
			}
			for addr, n := range made {
				if want := map[bool]int{true: images, false: 1}[addr == "setting.own"]; n != want {
					t.Errorf("%s was made %d times, not %d", addr, n, want)
				}
			}
			if len(made) != common+1 {
				t.Errorf("made %v", made)
			}
			for i, img := range r.Images {
				if want := fmt.Sprintf(`kiosk["%02d"]`, i); img.Name != want || img.Applied+img.Reused != common+1 || img.Reused != common*min(i, 1) {
					t.Errorf("%s: applied %d and took over %d", img.Name, img.Applied, img.Reused)
				}
				if text := read(t, filepath.Join(dir, fmt.Sprintf("kiosk-%02d.wim", i))); !strings.Contains(text, fmt.Sprintf(`"%02d"`, i)) {
					t.Errorf("%s holds\n%s", img.Name, text)
				}
			}
		})
	}
}

// TestSharedStepsFail: where the image that makes what others begin with fails, they
// make it themselves.
func TestSharedStepsFail(t *testing.T) {
	t.Parallel()
	dir := module(t, family(3, 4))
	j := newJob(t, dir)
	j.opts.Parallel = 3
	fault := &faulty{}
	broken := errors.New("broken")
	fault.at(7, func() error { return broken })
	j.opts.Backends = []image.Backend{fault}
	r, err := j.apply(t.Context())
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	failed := 0
	for _, img := range r.Images {
		if r.Errs[img.Name] != nil {
			failed++
		} else if img.Outcome != record.Complete {
			t.Errorf("%s is not made", img.Name)
		}
	}
	if failed != 1 {
		t.Errorf("%d images failed: %v", failed, err)
	}
	mustApply(t, dir)
}

// TestSharedStepsLeftOut: what images begin with is made once also where its last step
// is left out of all of them.
func TestSharedStepsLeftOut(t *testing.T) {
	t.Parallel()
	own := family(3, 0)
	shared := setting("a", "1") + marked(setting("b", "2")) + setting("c", "3") + marked(setting("d", "4"), "depends_on = [setting.b]")
	dir := module(t, strings.TrimSuffix(own, "}\n")+shared+"}\n")
	j := newJob(t, dir)
	j.opts.Parallel = 3
	failing(j, "b")
	made := map[string]int{}
	j.opts.Events = func(e record.Event) {
		if e.Type == record.StepDone {
			made[record.Local(e.Address, e.Image)]++
		}
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What comes before the first one that fails is made again, to be sealed.
	if want := map[string]int{"setting.a": 2, "setting.c": 1, "setting.own": 3}; !maps.Equal(made, want) {
		t.Errorf("made %v, not %v", made, want)
	}
}

// TestCloseFails: that an image can't be closed is told also of a run that has failed.
func TestCloseFails(t *testing.T) {
	t.Parallel()
	j := newJob(t, module(t, kiosk(setting("a", "1"))))
	failing(j, "a")
	left := errors.New("still mounted")
	j.opts.Backends = []image.Backend{unclosable{err: left}}
	if _, err := j.apply(t.Context()); !errors.Is(err, errBad) || !errors.Is(err, left) {
		t.Errorf("got %v", err)
	}
}

// unclosable has sessions for writing that can't be closed.
type unclosable struct {
	plantest.Backend
	err error
}

func (u unclosable) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := u.Backend.Open(ctx, ref, opts)
	if err != nil || !opts.Write {
		return s, err
	}
	return unclosed{s, u.err}, nil
}

type unclosed struct {
	image.Session
	err error
}

func (u unclosed) Close() error          { return errors.Join(u.Session.Close(), u.err) }
func (u unclosed) Unwrap() image.Session { return u.Session }
