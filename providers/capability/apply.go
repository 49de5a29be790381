package capability

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// passable returns an error if the change can't be made in the image.
func passable(ctx context.Context, s image.Session, _ providers.TypedChange[capability]) error {
	return bootjob.Runnable(ctx, s)
}

// queuedAt is the position of the work in the queue; a change that only removes work from the queue
// has none. The ID is that of the capability's name in the image, which may be longer.
func queuedAt(c providers.TypedChange[capability]) (providers.QueuePlace, bool) {
	if c.Action != providers.Delete {
		return providers.QueuePlace{Order: bootjob.Order(bootjob.StageCapability, 0)}, true
	}
	queued := c.Have != nil && c.Have.Applies.Waits()
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageRemoval, 0)}, !queued
}

// apply queues the work, or removes from the queue what would undo it.
func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[capability]) error {
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return err
	}
	have, err := find(all, c.Want.Name)
	if err != nil {
		return err
	}
	absent := c.Action == providers.Delete
	if absent && off(have.Status) || !absent && on(have.Status) {
		return bootjob.Unqueue(s, jobKind, c.Want.Name)
	}
	if absent {
		return bootjob.Queue(ctx, s, removal(have.Name))
	}
	job, err := addition(ctx, host, have.Name, c.Want)
	if err != nil {
		return err
	}
	if c.Want.Source == nil && toGet(have) {
		job.When = image.WithNetwork
	}
	return bootjob.Queue(ctx, s, job)
}

// warn warns of a capability whose files only Windows Update has.
func warn(ctx context.Context, s image.Session, _ providers.Around, want capability, absent bool) ([]*providers.Problem, error) {
	if absent || want.Source != nil {
		return nil, nil
	}
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return nil, err
	}
	have, err := find(all, want.Name)
	if err != nil || !toGet(have) {
		return nil, nil // Read has reported the error
	}
	return []*providers.Problem{{Attr: "name", Summary: "The first boot waits for a network", Detail: fmt.Sprintf("The image does not hold the files of %s and there is no source, so they come from Windows Update: "+
		"the work waits until Windows Setup has ended and the machine has a network, and everything queued after it waits, too. "+
		"Set source to have the files in the image.", want.Name)}}, nil
}

func addition(ctx context.Context, host providers.Host, name string, want capability) (bootjob.Job, error) {
	j := bootjob.Job{
		Kind: jobKind, Name: name, Title: "Add the capability " + name, Stage: bootjob.StageCapability,
		Test: bootjob.Test{Ask: question(name), Done: []string{"State : Installed"}, Pending: []string{"State : Install Pending"}},
		Data: map[string]string{dataDigest: *want.Digest},
	}
	args := []string{"/Add-Capability", "/CapabilityName:" + name}
	if want.Source != nil {
		p, _, err := files(ctx, host, *want.Source, want.Name)
		if err == nil {
			err = payload.Planned(*want.Source, *want.Digest, p.ID())
		}
		if err != nil {
			return j, err
		}
		j.Payloads = []image.Payload{p}
		args = append(args, "/Source:"+p.Path(""), "/LimitAccess")
	}
	j.Commands = []bootjob.Command{{Args: args}}
	return j, nil
}

func removal(name string) bootjob.Job {
	return bootjob.Job{
		Kind: jobKind, Name: name, Absent: true, Title: "Remove the capability " + name, Stage: bootjob.StageRemoval,
		Commands: []bootjob.Command{{Args: []string{"/Remove-Capability", "/CapabilityName:" + name}}},
		Test:     bootjob.Test{Ask: question(name), Done: []string{"State : Not Present", "State : Staged"}, Pending: []string{"State : Uninstall Pending"}},
	}
}

func question(name string) []string {
	return []string{"/Get-CapabilityInfo", "/CapabilityName:" + name}
}
