// Package script is the kind "script": commands and scripts that the deployed machine runs
// at its first boot.
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

const doc = "A script that the deployed machine runs at its first boot.\n\n" +
	"Set one of `command`, `powershell` and `source`. The script runs as SYSTEM when Windows Setup ends,\n" +
	"after all scripts with a lower `order`. Its output goes to `C:\\Windows\\Logs\\gild\\first-boot-NAME.log`,\n" +
	"its result to `HKLM\\SOFTWARE\\gild\\FirstBoot`. A script that is interrupted by a power failure runs\n" +
	"again, so it must be idempotent. Use `file` resources for files that the script needs. The [page on\n" +
	"the first boot](../../first-boot.md) says when the script runs, and when Windows does not run it. With\n" +
	"`ensure = \"absent\"` gild removes the script from the queue."

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
			Doc: "Name of the script in the queue, in the log and in the registry: up to 64 ASCII letters, digits, dots, hyphens and underscores, beginning with a letter or digit."},
		{Name: "command", Type: cty.List(cty.String),
			Doc: "Commands for cmd.exe, each a line of a batch file: double the `%` of a loop variable, and start other batch files with `call`. The first command whose exit code is not in `ok_exit_codes` ends the script."},
		{Name: "powershell", Type: cty.String,
			Doc: "Text of a script for Windows PowerShell. It succeeds if it exits with one of `ok_exit_codes`, or reaches its end without a terminating error."},
		{Name: "source", Type: cty.String, Hint: true, Payload: dsl.PayloadFile,
			Doc: "Script to copy, relative to the folder of the configuration: a `.cmd` or `.bat` file, or a `.ps1` file for Windows PowerShell. gild copies it unchanged."},
		{Name: "title", Type: cty.String,
			Doc: "Purpose of the script, for administrators who inspect the queue."},
		{Name: "order", Type: cty.Number, Default: cty.NumberIntVal(500), Order: true,
			Doc: "Position in the queue, from 0 to 999: lower ones run first, equal ones in the order of their names. `depends_on` does not change it: the plan fails if the two contradict each other."},
		{Name: "environment", Type: cty.Map(cty.String), Sensitive: true,
			Doc: "Environment variables of the script. Secrets belong here. The image contains them in clear text, in a file that only SYSTEM and administrators can read; the machine deletes it when the queue is finished. A value must not contain quotation marks or line breaks."},
		{Name: "restart", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: after the script succeeds, the machine restarts and then continues with the next script."},
		{Name: "ok_exit_codes", Type: cty.Set(cty.Number), Default: cty.SetVal([]cty.Value{cty.NumberIntVal(0)}),
			Doc: "Exit codes that mean success, as in `[0, 3010]` for installers. Default: 0."},
		{Name: "on_failure", Type: cty.String, Default: cty.StringVal("stop"), Values: []string{"stop", "continue"},
			Doc: "What happens if the script fails. `stop`: later scripts do not run until an administrator starts them manually. `continue`: they run."},
		{Name: "limit_minutes", Type: cty.Number, Default: cty.NumberIntVal(240),
			Doc: "Time limit. When it expires, the script and all programs it has started are terminated, and it fails with exit code 1460. `0`: no limit."},
		{Name: "interpreter", Type: cty.String, Computed: true,
			Doc: "Program that runs the script: `cmd` or `powershell`."},
		{Name: "variables", Type: cty.List(cty.String), Computed: true,
			Doc: "Names of the variables in `environment`."},
		{Name: "digest", Type: cty.String, Computed: true,
			Doc: "SHA-256 of the script's file in the image."},
	}
}

// claims returns the script's part of the files that all scripts share.
func claims(r resource, _ bool) []providers.Claim {
	return []providers.Claim{
		providers.ClaimPart(providers.ClaimFile(image.SetupComplete), "first boot "+r.Name),
		providers.ClaimPart(providers.ClaimFile(image.FirstBootFolder+"/queue.json"), "script "+r.Name),
	}
}

// runs refuses images that have no first boot.
func runs(ctx context.Context, s image.Session, c providers.TypedChange[resource]) error {
	info, err := s.Info(ctx)
	if err == nil && info.InstallationType == "WindowsPE" && c.Action != providers.Delete {
		err = errors.New("the image is one of Windows PE, which is started and never set up, so it has no first boot; use startnet.cmd")
	}
	return err
}

// queuedAt returns the script's position in the queue.
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
		if !bootjob.IsJob(a) { // other kinds list theirs
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
