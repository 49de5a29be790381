package feature

import (
	"context"
	"slices"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// passable returns an error if the change can't be made in the image.
func passable(ctx context.Context, s image.Session, c providers.TypedChange[feature]) error {
	if err := bootjob.Runnable(ctx, s); err != nil {
		return err
	}
	jobs, err := bootjob.About(s, jobKind)
	if err != nil {
		return err
	}
	return enableable(ctx, s, c, jobs)
}

// enableableNow returns an error if DISM can't enable the feature now, when neither queued work nor
// work that earlier changes queue is done.
func enableableNow(ctx context.Context, s image.Session, c providers.TypedChange[feature]) error {
	c.Earlier = slices.DeleteFunc(slices.Clone(c.Earlier), func(e providers.Earlier) bool { return e.Waits })
	return enableable(ctx, s, c, nil)
}

// enableable returns an error if the feature can't be enabled in the image as it will be after
// earlier changes and queued work.
func enableable(ctx context.Context, s image.Session, c providers.TypedChange[feature], jobs map[string]bootjob.Job) error {
	if c.Action == providers.Delete {
		return nil
	}
	all, _, err := servicing.Features(ctx, s)
	if err != nil {
		return err
	}
	f, err := find(all, c.Want.Name, false)
	switch {
	case err != nil && broughtAlong(c.Earlier):
		return nil
	case err != nil:
		return err
	case on(f.Status):
		return nil
	}
	if f.Status == payloadRemoved && c.Want.Source == nil {
		return providers.Problemf("source", "The files of the feature are missing",
			"The files of %s were removed from the image, so it can't be enabled without a source. Set source to the folder sources\\sxs of the installation media that the image comes from, of the same version.", f.Name)
	}
	if *c.Want.All {
		return nil
	}
	parents, err := servicing.FeatureParents(ctx, s, *f)
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(missingParents(all, jobs, parents), func(p string) bool { return enabledBefore(c.Earlier, p) })
	if len(missing) > 0 { // DISM would refuse it
		return providers.Problemf("all", "A parent of the feature is disabled",
			"%s needs %s, which is disabled in the image. Set all = true to enable it, too, or enable it by another feature resource before this one.", f.Name, quotedList(missing))
	}
	return nil
}

// broughtAlong reports whether earlier changes may add features that the image does not list yet.
func broughtAlong(earlier []providers.Earlier) bool {
	for e := range providers.Told[providers.Features](earlier) {
		if !e.Gone {
			return true
		}
	}
	return false
}

// enabledBefore reports whether an earlier change enables a feature.
func enabledBefore(earlier []providers.Earlier, name string) bool {
	for e, f := range providers.Told[feature](earlier) {
		if !e.Gone && nt.Equal(f.Name, name) {
			return true
		}
	}
	return false
}

// queuedAt is the position of the work in the queue; a change that only removes work from the queue
// has none.
func queuedAt(c providers.TypedChange[feature]) (providers.QueuePlace, bool) {
	absent := c.Action == providers.Delete
	stage := bootjob.StageFeature
	switch {
	case absent && c.Have != nil && c.Have.Applies.Waits():
		return providers.QueuePlace{}, false
	case absent:
		stage = bootjob.StageRemoval
	case dotNet(c.Want.Name):
		stage = bootjob.StageDotNet
	}
	return providers.QueuePlace{Order: bootjob.Order(stage, 0), ID: bootjob.ID(jobKind, c.Want.Name)}, true
}

// apply queues the work, or removes from the queue what would undo it.
func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[feature]) error {
	all, _, err := servicing.Features(ctx, s)
	if err != nil {
		return err
	}
	absent := c.Action == providers.Delete
	f, err := find(all, c.Want.Name, absent)
	if err != nil {
		return err
	}
	if absent && (f == nil || off(f.Status, c.Want.RemovePayload != nil)) || !absent && on(f.Status) {
		return bootjob.Unqueue(s, jobKind, c.Want.Name)
	}
	if absent {
		return bootjob.Queue(ctx, s, disable(f.Name, c.Want.RemovePayload != nil))
	}
	along, err := behindParents(ctx, s, all, *f)
	if err != nil {
		return err
	}
	job, err := enable(ctx, host, f.Name, c.Want, along)
	if err != nil {
		return err
	}
	return bootjob.Queue(ctx, s, job)
}

// behindParents reports whether a parent of the feature is disabled in the image. The parent is
// then in the queue, or enabled with the feature; jobs of one stage run in the order of their
// names, so the feature must not wait for it.
func behindParents(ctx context.Context, s image.Session, all []servicing.Feature, f servicing.Feature) (bool, error) {
	parents, err := servicing.FeatureParents(ctx, s, f)
	return len(missingParents(all, nil, parents)) > 0, err
}

func enable(ctx context.Context, host providers.Host, name string, want feature, along bool) (bootjob.Job, error) {
	j := bootjob.Job{
		Kind: jobKind, Name: name, Title: "Enable the feature " + name, Stage: bootjob.StageFeature,
		Test: test(name, "State : Enabled"), Data: map[string]string{dataDigest: *want.Digest},
	}
	j.Test.Pending = []string{"State : Enable Pending"}
	if dotNet(name) {
		j.Stage = bootjob.StageDotNet
	}
	args := []string{"/Enable-Feature", "/FeatureName:" + name}
	if *want.All || along {
		args = append(args, "/All")
	}
	if *want.All {
		j.Data[dataAll] = "true"
	}
	if want.Source != nil {
		p, err := payload.Folder(ctx, host, "source", *want.Source, nil)
		if err != nil {
			return j, err
		}
		now := want
		now.setDigest(p.ID())
		if err := payload.Planned(*want.Source, *want.Digest, *now.Digest); err != nil {
			return j, err
		}
		j.Payloads = []image.Payload{p}
		args = append(args, "/Source:"+p.Path(""), "/LimitAccess")
	}
	j.Commands = []bootjob.Command{{Args: args}}
	return j, nil
}

func disable(name string, removePayload bool) bootjob.Job {
	j := bootjob.Job{
		Kind: jobKind, Name: name, Absent: true, Title: "Disable the feature " + name, Stage: bootjob.StageRemoval,
		Test: test(name, "State : Disabled with Payload Removed"),
	}
	j.Test.Pending = []string{"State : Disable Pending"}
	args := []string{"/Disable-Feature", "/FeatureName:" + name}
	if removePayload {
		args, j.Data = append(args, "/Remove"), map[string]string{dataPayload: "true"}
	} else {
		j.Test.Done = append(j.Test.Done, "State : Disabled")
	}
	j.Commands = []bootjob.Command{{Args: args}}
	return j
}

func test(name string, done ...string) bootjob.Test {
	return bootjob.Test{Ask: []string{"/Get-FeatureInfo", "/FeatureName:" + name}, Done: done}
}
