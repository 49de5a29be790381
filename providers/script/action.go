package script

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// action returns the entry in the queue for the resource, without the script.
func (r *resource) action() image.Action {
	a := image.Action{
		ID: r.Name, Order: *r.Order, Interpreter: image.Interpreter(*r.Interpreter), Environment: r.Environment,
		Restart: *r.Restart, OKExitCodes: r.OKExitCodes, GoOn: *r.OnError == "continue", Limit: *r.Limit,
	}
	if r.Title != nil {
		a.Title = *r.Title
	}
	return a
}

// content returns the script. It must be unchanged since the plan.
func (r *resource) content(ctx context.Context, host providers.Host) ([]byte, error) {
	if r.Source == nil {
		return r.text(), nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := regular.Read(host.Path(*r.Source), maxScript)
	if err != nil {
		return nil, err
	}
	return data, payload.Planned(*r.Source, *r.Digest, digest(data))
}

// found returns the resource for an action in the image. If the script came from a file,
// command and powershell stay null.
func found(a image.Action) resource {
	interpreter, sum, onError := string(a.Interpreter), digest(a.Script), "stop"
	if a.GoOn {
		onError = "continue"
	}
	r := resource{
		Name: a.ID, Order: &a.Order, Environment: a.Environment, Restart: &a.Restart, OKExitCodes: a.OKExitCodes,
		OnError: &onError, Limit: &a.Limit, Interpreter: &interpreter, Variables: names(a.Environment), Digest: &sum, Title: providers.Known(a.Title),
	}
	if a.Interpreter == image.PowerShell {
		r.PowerShell = powerShellIn(a.Script)
	} else {
		r.Command = commandsIn(a.Script, a.OKExitCodes)
	}
	return r
}

// names returns the sorted names of variables, never nil.
func names(vars map[string]string) []string {
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(vars))))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
