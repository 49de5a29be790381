// Package script is the kind "script": work that the machine does at its first
// start, when the image is deployed.
package script

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/providers"
)

const doc = "Work that the machine does at its first boot, when the image is deployed.\n\n" +
	"`command`, `powershell` or `source` says what to run. It runs as SYSTEM when Windows Setup ends,\n" +
	"after all scripts of a lower `order`. Its output goes to `C:\\Windows\\Logs\\gild\\first-boot-NAME.log`,\n" +
	"and its result to `HKLM\\SOFTWARE\\gild\\FirstBoot`. A script that a power failure cuts off is run\n" +
	"again, so it must be repeatable. `file` resources bring the files it needs. The [page on the first\n" +
	"boot](../../first-boot.md) says when it runs and when Windows does not run it. With `ensure =\n" +
	"\"absent\"` the script is removed from the queue."

// resource is the resource.
type resource struct {
	Name        string            `cty:"name"`
	Command     []string          `cty:"command"`
	PowerShell  *string           `cty:"powershell"`
	Source      *string           `cty:"source"`
	Title       *string           `cty:"title"`
	Order       *int              `cty:"order"`
	Environment map[string]string `cty:"environment"`
	Restart     *bool             `cty:"restart"`
	OKExitCodes []int             `cty:"ok_exit_codes"`
	OnError     *string           `cty:"on_failure"`
	Limit       *int              `cty:"limit_minutes"`

	Interpreter *string  `cty:"interpreter"`
	Variables   []string `cty:"variables"`
	Digest      *string  `cty:"digest"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[resource]{
		Kind: "script", Doc: doc, Phase: providers.PhaseSetting, Ordered: true,
		Schema: schema(), Check: check, Claims: claims, Makes: makes, Resolve: resolve, Read: read, List: list,
		Waits: func(resource) bool { return true },
		Ways: []providers.TypedWay[resource]{{
			Name: providers.FirstBoot, Effect: providers.AtFirstBoot(),
			Needs: []image.Capability{image.CanFirstBoot},
			Check: runs, QueuedAt: queuedAt, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func makes(of any) *resource {
	c, ok := of.(providers.Commands)
	if !ok {
		return nil
	}
	return &resource{Name: c.Name, Title: &c.Title, Command: c.Lines}
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "name", Type: cty.String, Key: true, Required: true, Fold: true,
			Doc: "Name of the script in the queue, in the log and in the registry: up to 64 ASCII letters, digits, dots, hyphens and underscores, a letter or digit first."},
		{Name: "command", Type: cty.List(cty.String),
			Doc: "Commands for cmd.exe, each a line as in a batch file: `%` of a loop's variable is doubled, and another batch file is started with `call`. The first one that ends with none of `ok_exit_codes` ends the script."},
		{Name: "powershell", Type: cty.String,
			Doc: "Text of a script for Windows PowerShell. It succeeds by `exit` with one of `ok_exit_codes`, or by coming to its end without an error that stops it."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "Script to copy, relative to the folder of the configuration: a `.cmd` or `.bat` file, or a `.ps1` file for Windows PowerShell. It goes into the image as it is."},
		{Name: "title", Type: cty.String,
			Doc: "What it is for, for people who look at the queue."},
		{Name: "order", Type: cty.Number, Default: cty.NumberIntVal(500), Order: true,
			Doc: "Place in the queue, from 0 to 999: lower ones run first, equal ones by name. `depends_on` does not change it: a plan in which the two contradict each other is refused."},
		{Name: "environment", Type: cty.Map(cty.String), Sensitive: true,
			Doc: "Variables that the script is given, a place for secrets. The image holds them in clear, in a file that only SYSTEM and administrators can read, and that is removed when all work is done. A value can't hold quotation marks or line breaks."},
		{Name: "restart", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: when it has succeeded, the machine restarts, and goes on with the next script then."},
		{Name: "ok_exit_codes", Type: cty.Set(cty.Number), Default: cty.SetVal([]cty.Value{cty.NumberIntVal(0)}),
			Doc: "Exit codes that mean success, as in `[0, 3010]` for installers. If left out, 0."},
		{Name: "on_failure", Type: cty.String, Default: cty.StringVal("stop"), Values: []string{"stop", "continue"},
			Doc: "What happens if it fails: `stop`, nothing that comes after it is run, until an administrator starts the rest by hand; or `continue`."},
		{Name: "limit_minutes", Type: cty.Number, Default: cty.NumberIntVal(240),
			Doc: "How long it may take: then it is ended with all programs it has started, and has failed with exit code 1460. `0`: as long as it likes."},
		{Name: "interpreter", Type: cty.String, Computed: true,
			Doc: "What runs it: `cmd` or `powershell`."},
		{Name: "variables", Type: cty.List(cty.String), Computed: true,
			Doc: "Names of the variables in `environment`."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "SHA-256 of the script's file in the image."},
	}
}

// claims names the script's share in the files that all scripts have in common.
func claims(r resource, _ bool) []providers.Claim {
	return []providers.Claim{
		providers.ClaimPart(providers.ClaimFile(image.SetupComplete), "first boot "+r.Name),
		providers.ClaimPart(providers.ClaimFile(image.FirstBootFolder+"/queue.json"), "script "+r.Name),
	}
}

// runs refuses images that are never set up.
func runs(ctx context.Context, s image.Session, c providers.TypedChange[resource]) error {
	info, err := s.Info(ctx)
	if err == nil && info.InstallationType == "WindowsPE" && c.Action != providers.Delete {
		err = errors.New("the image is one of Windows PE, which is started and never set up, so it has no first boot; use startnet.cmd")
	}
	return err
}

// queuedAt is the script's place in the queue.
func queuedAt(c providers.TypedChange[resource]) (providers.QueuePlace, bool) {
	if c.Action == providers.Delete {
		return providers.QueuePlace{}, false
	}
	return providers.QueuePlace{Order: *c.Want.Order, ID: c.Want.Name}, true
}

func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[resource]) error {
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return err
	}
	if c.Action == providers.Delete {
		if err := queue.UnqueueAction(c.Want.Name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	a := c.Want.action()
	if a.Script, err = c.Want.content(ctx, host); err != nil {
		return err
	}
	return queue.QueueAction(a)
}

func read(_ context.Context, s image.Session, want resource) (*resource, error) {
	all, err := actionsOf(s)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a image.Action) bool { return strings.EqualFold(a.ID, want.Name) })
	if i < 0 {
		return nil, nil
	}
	r := found(all[i])
	return &r, nil
}

// list returns the scripts in the queue.
func list(_ context.Context, s image.Session) ([]resource, error) {
	actions, err := actionsOf(s)
	var all []resource
	for _, a := range actions {
		if !bootjob.IsJob(a) { // what other kinds have queued is theirs
			all = append(all, found(a))
		}
	}
	return all, err
}

func actionsOf(s image.Session) ([]image.Action, error) {
	queue, err := providers.Need[image.FirstBoot](s, image.CanFirstBoot)
	if err != nil {
		return nil, err
	}
	actions, err := queue.QueuedActions()
	if err != nil {
		err = fmt.Errorf("queue of the first boot: %w", err)
	}
	return actions, err
}
