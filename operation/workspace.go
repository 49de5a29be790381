// Package operation conducts whole runs in a folder with a configuration: it reads the
// configuration, plans, checks requirements, applies in rounds, and keeps the record. It prints
// nothing and asks nothing itself: a [Front] shows what happens, and a request says how to get
// consent. So a program without a terminal can do everything that gild's commands do.
//
// Begin with [Workspace] and [Workspace.Apply].
package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/spelling"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/all"
)

// Workspace is the current folder with its configuration, and what machine and user provide for
// it.
type Workspace struct {
	Getenv  func(string) string
	Environ func() []string
	Machine preflight.Machine
	Version string // gild's own

	Log      hclog.InterceptLogger
	LogLevel hclog.Level   // how much gild and the programs that it runs log
	LogPath  string        // log file; empty: none
	Secrets  censor.Censor // removed from everything that is logged, shown and recorded
	home     string        // where a bundle is used; empty: there is none
	here     sources       // that the bundle does not have
	KeepRuns int           // how many folders of runs to keep; 0: gild's default
	// Configured is called with the block log of a configuration, nil if it has none. It may
	// change the four fields above.
	Configured func(*dsl.Log)
	// Warn shows a warning that does not affect the result.
	Warn func(text string)

	// Stop is closed to stop at the next safe point. AtOnce ends to stop at once.
	Stop   <-chan struct{}
	AtOnce context.Context
}

// Front shows what an operation does.
type Front interface {
	Diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File)
	// Plan shows what a plan changes, and the time and space that takes. The kinds say in which
	// order to show attributes, and which ones identify a thing.
	Plan(p *document.Plan, kinds dsl.Kinds)
	// Progress shows what happens while a plan is carried out.
	Progress(p *planner.Plan, h *history.History) Progress
	// Applied shows what was done, and where the record of it is: in a folder, which
	// is empty if there is none.
	Applied(p *planner.Plan, r *record.Run, folder string)
	// Round begins the plan of images that have waited for others to be made.
	Round(waited []planner.Waiting)
	// Rounds ends several rounds with what became of all images.
	Rounds(runs []*record.Run)
	// Left tells which images a plan did not hold that was carried out.
	Left(waiting []planner.Waiting)
	// Rehearsed ends a successful rehearsal.
	Rehearsed(p *planner.Plan)
}

// Progress receives events until it is closed.
type Progress interface {
	Event(record.Event)
	Close()
}

// kinds are made once, as some have large schemas and they are asked for per image.
var kinds = sync.OnceValue(all.All)

// Kinds returns the kinds of resources that gild knows.
func Kinds() []*providers.Provider { return kinds() }

// kindNamed returns the kind with that name; nil if there is none, as in a plan file of another
// version of gild.
func kindNamed(kinds []*providers.Provider, name string) *providers.Provider {
	for _, p := range kinds {
		if p.Kind == name {
			return p
		}
	}
	return nil
}

// Language returns the kinds in the form that package dsl uses.
func Language(kinds []*providers.Provider) dsl.Kinds {
	out := make(dsl.Kinds, len(kinds))
	for i, p := range kinds {
		out[i] = dsl.Kind{Name: p.Kind, Doc: p.Doc, Singleton: p.Singleton, Schema: p.Schema}
	}
	return out
}

// environment reads the variables of the environment that say where things are.
type environment func(name string) string

// backends returns the backends of this machine, best first: DISM where it exists, or where
// GILD_DISM names one.
func (get environment) backends() ([]image.Backend, error) {
	exe, err := dism.Find(get("GILD_DISM"))
	switch {
	case errors.Is(err, dism.ErrNoDISM):
		return []image.Backend{offline.Backend{}}, nil
	case err != nil:
		return nil, err
	}
	return []image.Backend{dism.Backend{Program: exe}, offline.Backend{}}, nil
}

// unusable returns the backends that only other machines can use.
func unusable(using []image.Backend) []image.Backend {
	return slices.DeleteFunc([]image.Backend{dism.Backend{}, offline.Backend{}}, func(b image.Backend) bool {
		return slices.ContainsFunc(using, func(u image.Backend) bool { return u.Name() == b.Name() })
	})
}

// Store returns the folder for checkpoints, journal and lock. Below GILD_DATA_DIR each
// configuration has its own, since one may still need what another no longer needs. A
// configuration may come with a store that someone else made: Store refuses one with links in it
// before anything is read or written there.
func (w *Workspace) Store() (string, error) { return environment(w.Getenv).store() }

func (get environment) store() (string, error) {
	dir, err := get.storePath()
	if err == nil {
		err = store.Links(dir)
	}
	if err != nil {
		return "", fmt.Errorf("checkpoint store: %w", err)
	}
	return dir, nil
}

func (get environment) storePath() (string, error) {
	dir := get("GILD_DATA_DIR")
	if dir == "" {
		return filepath.Join(".", ".gild"), nil
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(here))
	return filepath.Join(dir, filepath.Base(here)+"-"+hex.EncodeToString(sum[:6])), nil
}

// key returns the store's secret key, for IDs of sensitive values and for saved plans.
func (w *Workspace) key() ([]byte, error) {
	dir, err := w.Store()
	if err != nil {
		return nil, err
	}
	key, err := store.Key(dir)
	if err != nil {
		return nil, fmt.Errorf("key of the checkpoint store: %w", err)
	}
	return key, nil
}

// Checkpoints returns the store of checkpoints.
func (w *Workspace) Checkpoints() (retention.Store, error) {
	dir, err := w.Store()
	if err != nil {
		return retention.Store{}, err
	}
	using, err := environment(w.Getenv).backends()
	return retention.Store{Dir: dir, Backends: using}, err
}

// scratch opens the folders for temporary files that a plan names; nil if it names none, or if
// there is nothing to do.
func (w *Workspace) scratch(plan *planner.Plan) (*scratch.Pool, error) {
	if len(plan.ScratchDirs) == 0 || plan.Empty() {
		return nil, nil
	}
	return scratch.Open(scratch.Options{Roots: scratchDirs(plan.ScratchDirs), Reserve: plan.ScratchReserve, Log: w.Log.Named("scratch")})
}

// scratchDirs returns the folders that the author has written as paths of this system.
func scratchDirs(dirs []string) []string {
	var out []string
	for _, dir := range dirs {
		out = append(out, Absolute(filepath.FromSlash(dir)))
	}
	return out
}

// Absolute returns an absolute path for a path in a configuration, in the file system's spelling.
func Absolute(path string) string {
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(spelling.Path(filepath.FromSlash(path))); err == nil {
		return full
	}
	return path
}

// endOfTime is the year 10000 in seconds since 1970: RFC 3339 has four digits for the year.
const endOfTime = 253402300800

// epoch returns the time in SOURCE_DATE_EPOCH (seconds since 1970, as reproducible-builds.org
// specifies it), or nil.
func (get environment) epoch() (*time.Time, error) {
	text := get("SOURCE_DATE_EPOCH")
	if text == "" {
		return nil, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds >= endOfTime {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH is %q; set it to the seconds since 1970, up to the year 9999", text)
	}
	t := time.Unix(seconds, 0).UTC()
	return &t, nil
}
