package capability

import (
	"context"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// on and off classify a state in DISM's words. Neither holds for an unknown state; then DISM is
// asked at the first boot.
func on(state string) bool { return state == "installed" || state == "install_pending" }

func off(state string) bool {
	return state == "not_present" || state == "staged" || state == "resolved" || state == "uninstall_pending"
}

// jobKind is the kind of the jobs in the queue.
const jobKind = "capability"

// dataDigest is the key under which a job keeps the digest of its files.
const dataDigest = "digest"

// read returns the capability if it is there, or will be.
func read(ctx context.Context, s image.Session, want capability) (*capability, error) {
	absent := want.Digest == nil
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return nil, err
	}
	jobs, err := bootjob.About(s, jobKind)
	if err != nil {
		return nil, err
	}
	c, err := find(all, want.Name)
	if err != nil {
		return nil, err
	}
	if job, ok := jobs[nt.Fold(want.Name)]; ok {
		if job.Absent {
			return nil, nil
		}
		have, digest := found(c, providers.Queued).outOf(want), job.Data[dataDigest]
		have.Digest = &digest
		return &have, nil
	}
	if off(c.Status) || !absent && !on(c.Status) {
		return nil, fits(ctx, s, want)
	}
	have := found(c, providers.Applied).outOf(want)
	have.Digest = want.Digest
	return &have, nil
}

// fits refuses cabinets for another Windows, as for a package.
func fits(ctx context.Context, s image.Session, want capability) error {
	if want.File == nil {
		return nil
	}
	list, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return err
	}
	if err := packagefile.Fits(ctx, s, list, "source", *want.File, *want.Arch, want.Builds); err != nil {
		return err
	}
	return packagefile.CheckParents(list, "source", *want.File, want.For, false)
}

// find returns the capability with a name. One that the image does not know may still exist, unless
// its name looks like a typing error.
func find(all []servicing.Capability, name string) (servicing.Capability, error) {
	base, _ := parts(name)
	known := map[string]string{} // an identity for each name
	var names []string
	without := "" // its name in the image, where only one of the two has a version
	for _, c := range all {
		if nt.Equal(c.Name, name) {
			return c, nil
		}
		if stem := name[:strings.LastIndexByte(name, '~')+1]; nt.HasPrefix(c.Name, stem) && (name == stem || len(c.Name) == len(stem)) {
			without = c.Name
		}
		if !identity.MatchString(c.Name) {
			continue
		}
		other, _ := parts(c.Name)
		if _, ok := known[nt.Fold(other)]; !ok {
			known[nt.Fold(other)], names = c.Name, append(names, other)
		}
	}
	none := servicing.Capability{Name: name, Status: servicing.Absent.String()}
	if without != "" {
		return none, providers.Problemf("name", "No such capability", "The image knows no capability %q; did you mean %q?", name, without)
	}
	if known[nt.Fold(base)] != "" {
		return none, nil // of another language or version
	}
	if other := similar.Name(base, names); other != "" {
		return none, providers.Problemf("name", "No such capability", "The image knows no capability %q; did you mean %q?", name, known[nt.Fold(other)])
	}
	return none, nil
}

// found is what the image has of a capability.
func found(c servicing.Capability, applies providers.Applies) capability {
	return capability{Name: c.Name, State: &c.Status, Applies: &applies, Package: providers.Known(c.Package)}
}

// outOf is the capability with the wanted values of the attributes about files, which an image does
// not record.
func (c capability) outOf(want capability) capability {
	c.File, c.Files, c.Arch, c.Builds, c.For = want.File, want.Files, want.Arch, want.Builds, want.For
	return c
}

// list returns every capability that the image knows.
func list(ctx context.Context, s image.Session) ([]capability, error) {
	all, _, err := servicing.Capabilities(ctx, s)
	if err != nil {
		return nil, err
	}
	jobs, err := bootjob.About(s, jobKind)
	if err != nil {
		return nil, err
	}
	var capabilities []capability
	for _, c := range all {
		applies := providers.Applied
		if _, ok := jobs[nt.Fold(c.Name)]; ok {
			applies = providers.Queued
		}
		capabilities = append(capabilities, found(c, applies))
	}
	return capabilities, nil
}
