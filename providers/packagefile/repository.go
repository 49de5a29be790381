package packagefile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/providers"
)

// A Repository is a folder with the cabinets of features on demand. What a cabinet declares is in
// its update.mum, at its end: finding it means unpacking the cabinet, and media has thousands. So
// gild keeps notes of what it found, and reads a cabinet only once as long as its size and time
// stay the same.
type Repository struct {
	host   providers.Host
	attr   string // the attribute that names the folder
	folder string
	files  []*cabinet
	looked bool // called for each cabinet without a note
}

// cabinet is a file of the repository.
type cabinet struct {
	name  string // in the repository, with slashes
	size  int64
	time  time.Time
	facts *facts // nil until the cabinet was read
}

// facts are what is noted of a cabinet.
type facts struct {
	Size int64     `json:"size"`
	Time time.Time `json:"time"`

	Identity     string   `json:"identity,omitempty"` // empty: it is no package
	Capabilities []string `json:"capabilities,omitempty"`
	Needs        []string `json:"needs,omitempty"` // capabilities
	Builds       []int    `json:"builds,omitempty"`
	Parents      []string `json:"parents,omitempty"`
	Damage       string   `json:"damage,omitempty"` // why it can't be read
}

// OpenRepository lists the cabinets in the folder that an attribute names.
func OpenRepository(ctx context.Context, host providers.Host, attr, folder string) (*Repository, error) {
	r := &Repository{host: host, attr: attr, folder: folder}
	root := host.Path(folder)
	if st, err := os.Stat(root); err == nil && !st.IsDir() {
		return nil, providers.Problemf(attr, "Not a folder", "There is no folder %q: %s is a file. Name the folder it is in.", folder, root)
	}
	known := map[string]*facts{}
	_ = json.Unmarshal(host.Recall(noteKey(root)), &known) // a cabinet that can't be read has no note
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(file), ".cab") {
			return errors.Join(err, ctx.Err())
		}
		info, err := os.Stat(file) // a link counts as its target
		if err != nil || !regular.Is(info) {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if len(r.files) == maxFiles {
			return providers.Problemf(attr, "Too many files", "%s holds more than %d cabinets. Name a folder with only the cabinets of features on demand.", folder, maxFiles)
		}
		c := &cabinet{name: filepath.ToSlash(rel), size: info.Size(), time: info.ModTime()}
		if f := known[c.name]; f != nil && f.Size == c.size && f.Time.Equal(c.time) {
			c.facts = f
		}
		r.files = append(r.files, c)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = providers.Problemf(attr, "Source not found", "There is no folder %q (%s).", folder, root)
	}
	return r, err
}

func noteKey(root string) string { return "cabinets in " + root }

// note keeps what was found for later runs.
func (r *Repository) note() {
	if !r.looked {
		return
	}
	known := map[string]*facts{}
	for _, c := range r.files {
		if c.facts != nil {
			known[c.name] = c.facts
		}
	}
	if data, err := json.Marshal(known); err == nil {
		r.host.Note(noteKey(r.host.Path(r.folder)), data)
	}
}

// lookInto reads cabinets, several at a time, and fills in their facts. When its context ends, it
// does not wait for cabinets being read.
func (r *Repository) lookInto(ctx context.Context, some []*cabinet) error {
	type answer struct {
		of    *cabinet
		facts *facts
	}
	answers := make(chan answer, len(some))
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	asked := 0
	for _, c := range some {
		if c.facts != nil {
			continue
		}
		asked++
		go func() {
			running <- struct{}{}
			defer func() { <-running }()
			if ctx.Err() == nil {
				answers <- answer{c, factsOf(c, filepath.Join(r.host.Path(r.folder), filepath.FromSlash(c.name)))}
			}
		}()
	}
	for range asked {
		select {
		case a := <-answers:
			a.of.facts, r.looked = a.facts, true
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

func factsOf(c *cabinet, file string) *facts {
	f := &facts{Size: c.size, Time: c.time}
	packages, err := msu.Inspect(file)
	switch {
	case errors.Is(err, msu.ErrNotPackage):
		return f
	case err != nil:
		f.Damage = err.Error()
		return f
	}
	p := packages[0]
	f.Identity, f.Builds, f.Parents = p.Identity.String(), p.Builds(), Parents(p)
	for _, one := range p.Capabilities {
		f.Capabilities = append(f.Capabilities, one.String())
	}
	for _, one := range p.Needs {
		f.Needs = append(f.Needs, one.String())
	}
	return f
}

func (f *facts) declares(capability string) bool {
	return slices.ContainsFunc(f.Capabilities, func(c string) bool { return nt.Equal(c, capability) })
}

// likely sorts cabinets: first those that by their names belong to a capability, and small ones
// before large ones.
func (r *Repository) likely(capability string) []*cabinet {
	return slices.SortedFunc(slices.Values(r.files), func(a, b *cabinet) int {
		first := func(c *cabinet) int {
			if belongs(path.Base(c.name), capability) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.size, b.size), strings.Compare(a.name, b.name))
	})
}

// declaring returns the cabinets that declare a capability, up to the first one found; none if
// there is none.
func (r *Repository) declaring(ctx context.Context, capability string) ([]*cabinet, error) {
	const batch = 16
	for some := range slices.Chunk(r.likely(capability), batch) {
		if err := r.lookInto(ctx, some); err != nil {
			return nil, err
		}
		var found []*cabinet
		for _, c := range some {
			if c.facts.declares(capability) {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// family adds the cabinets of the same packages for other languages and architectures. It
// recognises them by name, and reads those whose names are not names of packages.
func (r *Repository) family(ctx context.Context, of []*cabinet) ([]*cabinet, error) {
	names := map[string]bool{}
	for _, c := range of {
		names[nt.Fold(c.facts.packageName())] = true
	}
	var some []*cabinet
	for _, c := range r.files {
		if stem, _, ok := strings.Cut(path.Base(c.name), "~"); !ok || names[nt.Fold(stem)] {
			some = append(some, c)
		}
	}
	if err := r.lookInto(ctx, some); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(some, func(c *cabinet) bool { return !names[nt.Fold(c.facts.packageName())] }), nil
}

// packageName returns the name of the package; if there is none, a name that no package has.
func (f *facts) packageName() string {
	name, _, _ := strings.Cut(f.Identity, "~")
	return cmp.Or(name, "~")
}
