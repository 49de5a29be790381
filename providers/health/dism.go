package health

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// What DISM checks of the component store.
const (
	recorded = "recorded" // /CheckHealth
	scan     = "scan"     // /ScanHealth
)

// when is the part of the resource that comes before everything that changes the image.
const before = "before"

func (w wanted) before() bool { return providers.Is(w.When, before) }

// byDISM reports whether DISM is needed for it.
func (w wanted) byDISM() bool {
	return w.Check != nil || providers.Is(w.Restore, true) || providers.Is(w.SystemFiles, true)
}

func phaseOf(w wanted, _ bool) providers.Phase {
	if w.before() {
		return providers.PhaseExamination
	}
	return providers.PhaseVerification
}

// checkDISM checks the arguments about DISM, and fills in what follows from them.
func (w *wanted) checkDISM() error {
	if len(w.Source) > 0 && !providers.Is(w.Restore, true) {
		return &providers.Problem{Attr: "source", Summary: "Source without use",
			Detail: "Files are taken from a source only to restore what is damaged, which is done only with restore = true."}
	}
	for _, s := range w.Source {
		if _, _, err := providers.SplitSource(s); err != nil {
			return &providers.Problem{Attr: "source", Summary: "Invalid source", Detail: err.Error() + "."}
		}
	}
	if providers.Is(w.Restore, true) && w.Check == nil {
		how := scan
		w.Check = &how
	}
	return nil
}

// resolve makes sure that the sources are there.
func resolve(_ context.Context, host providers.Host, w *wanted) error {
	for _, s := range w.Source {
		path, around, err := providers.SplitSource(s)
		if err != nil {
			return err
		}
		st, err := os.Stat(host.Path(path))
		isFile := around != [2]string{}
		switch {
		case err != nil:
			return &providers.Problem{Attr: "source", Summary: "Source is not there", Detail: err.Error() + "."}
		case st.IsDir() == isFile:
			return &providers.Problem{Attr: "source", Summary: "Invalid source",
				Detail: fmt.Sprintf("%s is not what it is named as: a folder is named by its path, an image in a file as wim:FILE:INDEX.", path)}
		}
	}
	return nil
}

// expand returns the part that comes before everything that changes the image. That part has DISM
// report only what is recorded, which takes seconds, unless it may have to restore.
func expand(w wanted, absent bool) ([]providers.Child, error) {
	if absent || w.before() || w.Check == nil {
		return nil, nil
	}
	set := map[string]cty.Value{"when": cty.StringVal(before), "check": cty.StringVal(recorded)}
	if providers.Is(w.Restore, true) {
		set["check"], set["restore"] = cty.StringVal(*w.Check), cty.True
		set["limit_access"] = cty.BoolVal(w.LimitAccess == nil || *w.LimitAccess)
	}
	if len(w.Source) > 0 {
		list := make([]cty.Value, len(w.Source))
		for i, s := range w.Source {
			list[i] = cty.StringVal(s)
		}
		set["source"] = cty.ListVal(list)
	}
	return []providers.Child{{Name: before, Want: set, Attr: "check"}}, nil
}

// checkUnaided refuses, without DISM, what only DISM can check.
func checkUnaided(_ context.Context, _ image.Session, c providers.TypedChange[wanted]) error {
	if c.Want.before() {
		return nil // the other part reports it
	}
	var errs []error
	refuse := func(attr string, asked bool, does string) {
		if asked {
			errs = append(errs, &providers.Problem{Attr: attr, Summary: "Needs DISM", Detail: does +
				` only with the backend "dism", on Windows or where GILD_DISM names one. Without ` + attr + ", gild verifies what it can without DISM."})
		}
	}
	refuse("check", c.Want.Check != nil && !providers.Is(c.Want.Restore, true), "DISM is asked about the component store")
	refuse("restore", providers.Is(c.Want.Restore, true), "A component store is repaired")
	refuse("system_files", providers.Is(c.Want.SystemFiles, true), "System files are verified by sfc")
	return errors.Join(errs...)
}

// effect says what DISM does; empty if it is not run.
func effect(_ context.Context, _ image.Session, _ providers.Host, c providers.TypedChange[wanted]) (providers.Effect, error) {
	switch {
	case providers.Is(c.Want.Restore, true):
		return viadism.Effect().With(": repairs what is damaged"), nil
	case c.Want.byDISM():
		return viadism.Effect().With(": changes nothing"), nil
	}
	return unaided(), nil
}

// service runs DISM and sfc, and restores damaged files if that is wanted. Reading the resource
// after the step verifies the rest.
func service(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[wanted]) error {
	if c.Want.Check != nil {
		if err := store(ctx, s, host, c.Want); err != nil {
			return err
		}
	}
	if !providers.Is(c.Want.SystemFiles, true) {
		return nil
	}
	result, err := health.CheckSystemFiles(ctx, s)
	if err != nil {
		return err
	}
	return problems(result.Findings)
}

// store has DISM check the component store.
func store(ctx context.Context, s image.Session, host providers.Host, w wanted) error {
	verdict, err := health.CheckStore(ctx, s, *w.Check == scan)
	if err != nil {
		return err
	}
	if verdict != health.Unrepairable && providers.Is(w.Restore, true) {
		damaged, err := missing(ctx, s)
		if err != nil {
			return err
		}
		if verdict == health.Repairable || len(damaged) > 0 {
			return restore(ctx, s, host, w)
		}
	}
	return problems(verdict.Result().Findings)
}

// restore has DISM repair the component store, and checks that it is healthy afterwards.
func restore(ctx context.Context, s image.Session, host providers.Host, w wanted) error {
	var sources []string
	for _, source := range w.Source {
		path, around, err := providers.SplitSource(source)
		if err != nil {
			return err
		}
		if path, err = filepath.Abs(host.Path(path)); err != nil {
			return err
		}
		sources = append(sources, around[0]+path+around[1])
	}
	if err := health.RestoreStore(ctx, s, sources, w.LimitAccess == nil || *w.LimitAccess); err != nil {
		if len(sources) == 0 {
			err = fmt.Errorf("there is no source: a folder with Windows or wim:FILE:INDEX, of exactly this build: %w", err)
		}
		return fmt.Errorf("restore the health of the component store: %w", err)
	}
	verdict, err := health.CheckStore(ctx, s, *w.Check == scan)
	if err != nil {
		return err
	}
	left, err := missing(ctx, s)
	if err != nil {
		return err
	}
	return problems(slices.Concat(verdict.Result().Findings, left))
}

// missing returns what gild itself finds wrong with the component store.
func missing(ctx context.Context, s image.Session) ([]health.Finding, error) {
	report, err := health.Check(ctx, s, health.Options{AllowPending: true})
	found := report.Findings()
	return slices.DeleteFunc(found, func(f health.Finding) bool { return !restorable(f) }), err
}
