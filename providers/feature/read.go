package feature

import (
	"context"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// States in the words of DISM.
const (
	enabled        = "enabled"
	enablePending  = "enable_pending"
	disabled       = "disabled"
	disablePending = "disable_pending"
	payloadRemoved = "disabled_with_payload_removed"
	notPresent     = "not_present"
)

func on(state string) bool { return state == enabled || state == enablePending }

// off reports whether the feature is disabled and, if that matters, its payload removed.
func off(state string, payloadGone bool) bool {
	if payloadGone {
		return state == payloadRemoved || state == notPresent
	}
	return state == disabled || state == disablePending || state == payloadRemoved || state == notPresent
}

// jobKind is the kind of the jobs in the queue.
const jobKind = "feature"

// What a job keeps for later readers of the queue.
const (
	dataDigest  = "digest"
	dataPayload = "remove_payload"
	dataAll     = "all"
)

// read returns the feature if it is enabled or will be.
func read(ctx context.Context, s image.Session, want feature) (*feature, error) {
	absent := want.Digest == nil
	all, _, err := servicing.Features(ctx, s)
	if err != nil {
		return nil, err
	}
	jobs, err := bootjob.About(s, jobKind)
	if err != nil {
		return nil, err
	}
	f, err := find(all, want.Name, absent)
	if err != nil && absent {
		return nil, err // Check of the way knows whether an earlier change adds it
	}
	if job, ok := jobs[nt.Fold(want.Name)]; ok {
		return fromQueue(f, job, want, absent), nil
	}
	switch {
	case f == nil || off(f.Status, absent && want.RemovePayload != nil):
		return nil, nil
	case !absent && !on(f.Status):
		return nil, nil // if the state is unknown, DISM is asked at the first boot
	}
	have := found(*f, providers.Applied)
	have.Digest, have.RemovePayload = want.Digest, want.RemovePayload
	return &have, nil
}

// fromQueue returns the feature as it will be.
func fromQueue(f *servicing.Feature, job bootjob.Job, want feature, absent bool) *feature {
	if job.Absent && (!absent || want.RemovePayload == nil || job.Data[dataPayload] != "") {
		return nil
	}
	if f == nil {
		f = &servicing.Feature{Name: job.Name, Status: servicing.Unknown, State: servicing.NoState}
	}
	have := found(*f, providers.Queued)
	have.RemovePayload, have.Digest = want.RemovePayload, providers.Known(job.Data[dataDigest])
	return &have
}

// find returns the feature with a name; nil if it does not exist and is not wanted.
func find(all []servicing.Feature, name string, absent bool) (*servicing.Feature, error) {
	names := make([]string, len(all))
	for i := range all {
		if nt.Equal(all[i].Name, name) {
			return &all[i], nil
		}
		names[i] = all[i].Name
	}
	const summary = "No such feature"
	if other := similar.Name(name, names); other != "" {
		return nil, providers.Problemf("name", summary, "The image has no feature %q; did you mean %q?", name, other)
	}
	switch {
	case absent:
		return nil, nil
	case len(all) == 0:
		return nil, providers.Problemf("name", "No features", "The image has no record of optional features, so %q can't be in it. Check that it is a Windows image, and not one of Windows PE.", name)
	}
	return nil, providers.Problemf("name", summary, "The image has no feature %q. It may be one of another edition, or a capability; \"gild inspect -kind=feature\" lists all.", name)
}

// found is what the image has of a feature.
func found(f servicing.Feature, applies providers.Applies) feature {
	have := feature{Name: f.Name, State: &f.Status, Applies: &applies, Package: providers.Known(f.Package)}
	if f.State != servicing.NoState {
		code := int64(f.State)
		have.Code = &code
	}
	return have
}

// list returns every feature in the image.
func list(ctx context.Context, s image.Session) ([]feature, error) {
	all, _, err := servicing.Features(ctx, s)
	if err != nil {
		return nil, err
	}
	jobs, err := bootjob.About(s, jobKind)
	if err != nil {
		return nil, err
	}
	features := make([]feature, len(all))
	for i, f := range all {
		applies := providers.Applied
		if _, ok := jobs[nt.Fold(f.Name)]; ok {
			applies = providers.Queued
		}
		features[i] = found(f, applies)
	}
	return features, nil
}

// missingParents returns the parents that neither are enabled nor will be.
func missingParents(all []servicing.Feature, jobs map[string]bootjob.Job, parents []string) []string {
	return slices.DeleteFunc(parents, func(parent string) bool {
		if job, ok := jobs[nt.Fold(parent)]; ok {
			return !job.Absent
		}
		for _, f := range all {
			if nt.Equal(f.Name, parent) {
				return !off(f.Status, false)
			}
		}
		return true // it can't be known for a feature that the image does not list
	})
}

func quotedList(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }
