// Package scheduledtask is the kind "scheduled_task": a task of the Task Scheduler.
package scheduledtask

import (
	"context"
	"errors"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "A task of the Task Scheduler: whether it is enabled, all of it, or that it is gone.\n\n" +
	"With `ensure = \"absent\"` the task is removed from the image, now. Windows keeps what a task does in\n" +
	"a form that only the Task Scheduler writes, so tasks are made, enabled and disabled at the first\n" +
	"boot: with `source` the task is made from a definition that the Task Scheduler has exported, and\n" +
	"replaces the task of that path; with `enabled` it is switched on or off."

// task is the resource.
type task struct {
	Path    string             `cty:"path"`
	Enabled *bool              `cty:"enabled"`
	Source  *string            `cty:"source"`
	Digest  *string            `cty:"digest"`
	Author  *string            `cty:"author"`
	Actions []string           `cty:"actions"`
	Applies *providers.Applies `cty:"applies"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[task]{
		Kind: "scheduled_task", Doc: doc, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Resolve: resolve, Read: read, Warn: warn, List: list,
		Ways: []providers.TypedWay[task]{{
			Name: providers.Offline, Effect: providers.AtFirstBoot().With("; removals now, offline"),
			Needs:    []image.Capability{image.CanFiles, image.CanRegistry, image.CanFirstBoot},
			Check:    feasible,
			EffectIn: effect,
			QueuedAt: queuedAt,
			Apply:    providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "path", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Folder and name of the task, such as `\\Microsoft\\Windows\\Defrag\\ScheduledDefrag`. Wildcards are not allowed."},
		{Name: "enabled", Type: cty.Bool,
			Doc: "Whether the task is enabled, so that its triggers start it. Default: as in the definition, or unchanged."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "Definition to create the task from, relative to the folder of the configuration: an XML file exported by the Task Scheduler or `schtasks /query /xml`."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "SHA-256 of the definition in the form in which Windows stores it."},
		{Name: "author", Type: cty.String, Computed: true,
			Doc: "Author in the definition."},
		{Name: "actions", Type: cty.List(cty.String), Computed: true,
			Doc: "Actions of the task: command lines, and class identifiers of COM handlers."},
		{Name: "applies", Type: cty.String, Computed: true, Applies: true,
			Doc: "`at first boot` if the task is created or changed at the first boot; otherwise `now`."},
	}
}

// check brings the path into canonical form and refuses invalid ones.
func check(t *task, absent bool) error {
	t.Path = `\` + strings.TrimPrefix(strings.ReplaceAll(t.Path, "/", `\`), `\`)
	errs := []error{checkPath(t.Path)}
	if !absent {
		if t.Enabled == nil && t.Source == nil {
			errs = append(errs, providers.Problemf("", "Nothing to do", `Set "enabled", or "source" to make the task, or ensure = "absent" to remove it.`))
		}
		errs = append(errs, checkMade(t))
		if strings.ContainsFunc(t.Path, func(r rune) bool { return r > '~' }) {
			errs = append(errs, providers.Problemf("path", "Invalid path of a task",
				"%q has characters other than ASCII, which the batch file at the first boot would read in another code page. Such a task can be removed, but not made or changed.", t.Path))
		}
	}
	return errors.Join(errs...)
}

func checkPath(path string) error {
	wrong := func(detail string) error {
		return providers.Problemf("path", "Invalid path of a task", "%q %s.", path, detail)
	}
	switch {
	case strings.ContainsAny(path, "*?"):
		return wrong("holds a wildcard. Write one resource for each task; for_each makes them from a list")
	case strings.ContainsAny(path, `:"<>|`) || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' }):
		return wrong("holds a character that a name can't have")
	case nt.UTF16Len(path) > 240:
		return wrong("is longer than 240 characters")
	}
	for name := range strings.SplitSeq(path[1:], `\`) {
		if strings.TrimSpace(name) == "" || name == "." || name == ".." {
			return wrong(`is not a path of folders and a name, such as "\Contoso\Update"`)
		}
	}
	return nil
}

// firstBootTask is the task by which the queue of the first boot goes on after a
// restart (package firstboot).
const firstBootTask = `\gild first boot`

// checkMade refuses paths that the Task Scheduler can't make or change a task at:
// it keeps each in a file of that name. The one of the first boot is gild's own.
func checkMade(t *task) error {
	const summary = "Invalid path of a task"
	if nt.Equal(t.Path, firstBootTask) {
		return providers.Problemf("path", summary, "%q is the task by which gild itself goes on at the first boot. Choose another name.", t.Path)
	}
	if _, err := image.CleanPath(t.file()); err != nil && checkPath(t.Path) == nil {
		return providers.Problemf("path", summary, "No file can have the name, in which the Task Scheduler keeps the task: %v.", err)
	}
	return nil
}

// claims names the task, and what its work at the first boot has in common with
// that of scripts.
func claims(t task, _ bool) []providers.Claim {
	return []providers.Claim{
		providers.ClaimFile(t.file()), providers.ClaimKeyTree(tree + t.Path),
		providers.ClaimPart(providers.ClaimFile(image.SetupComplete), "first boot "+t.id()),
		providers.ClaimPart(providers.ClaimFile(image.FirstBootFolder+"/queue.json"), "script "+t.id()),
	}
}

// feasible refuses images that are never set up, where there is something to do
// at the first boot.
func feasible(ctx context.Context, s image.Session, c providers.TypedChange[task]) error {
	if c.Action == providers.Delete {
		return providers.WritableKey(s, tree)
	}
	info, err := s.Info(ctx)
	if err == nil && info.InstallationType == "WindowsPE" {
		err = errors.New("the image is one of Windows PE, which has no Task Scheduler")
	}
	return err
}

func effect(_ context.Context, _ image.Session, _ providers.Host, c providers.TypedChange[task]) (providers.Effect, error) {
	if c.Action == providers.Delete {
		return providers.Now(providers.Offline), nil
	}
	return providers.AtFirstBoot(), nil
}

func apply(_ context.Context, s image.Session, host providers.Host, c providers.TypedChange[task]) error {
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return err
	}
	if c.Action == providers.Delete {
		l, err := open(s)
		if err == nil {
			err = l.remove(c.Want)
		}
		return errors.Join(err, providers.Gone(queue.UnqueueAction(c.Want.id())))
	}
	definition, err := content(host, c.Want)
	if err != nil {
		return err
	}
	return queue.QueueAction(c.Want.action(payloadOf(definition)))
}
