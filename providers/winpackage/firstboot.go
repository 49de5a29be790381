package winpackage

import (
	"context"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// jobKind is the kind of the jobs in the queue. There is one job for each package, whatever its
// version.
const jobKind = "package"

// What a job keeps for later readers of the queue.
const (
	dataIdentity    = "identity"
	dataKB          = "kb"
	dataDigest      = "digest"
	dataCheckpoints = "checkpoints"
)

func runnable(ctx context.Context, s image.Session, c providers.TypedChange[pkg]) error {
	if c.Action == providers.Delete && c.Have != nil && c.Have.Applies.Waits() {
		return nil // only removed from the queue
	}
	if err := bootjob.Runnable(ctx, s); err != nil || c.Action == providers.Delete {
		return err
	}
	if err := current(c); err != nil {
		return err
	}
	return installable(ctx, s, c)
}

// current refuses to install an update again that is older than the one in the image: Windows would
// ignore it.
func current(c providers.TypedChange[pkg]) error {
	if c.Action != providers.Update || c.Have == nil || c.Have.Applies.Waits() {
		return nil
	}
	held := *c.Have.Installed
	if msu.CompareVersions(versionIn(held), versionIn(*c.Want.Identity)) <= 0 {
		return nil
	}
	return providers.Problemf("source", "Older than what the image has", "A language, a capability or a feature is added to the image, so the cumulative update must be installed again. But the image holds a newer one than %s, %s, and Windows does not install an older one. Use that update, or a newer one.", *c.Want.Source, held)
}

// queuedAt is the position of an installation in the queue. Whether a removal is queued depends on
// the image.
func queuedAt(c providers.TypedChange[pkg]) (providers.QueuePlace, bool) {
	if c.Action == providers.Delete {
		return providers.QueuePlace{}, false
	}
	p := c.Want
	order := bootjob.Order(placeOf(p, false).stage, placeAmong(p))
	return providers.QueuePlace{Order: order, ID: bootjob.ID(jobKind, thing(*p.Identity))}, true
}

func apply(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[pkg]) error {
	if c.Action == providers.Delete {
		return remove(ctx, s, c.Want)
	}
	list, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return err
	}
	files, err := c.Want.stage(ctx, host, servicing.Release(list))
	if err != nil {
		return err
	}
	// A package that is installed again because of later changes is in the image already, so its
	// presence does not prove that the work is done.
	return bootjob.Queue(ctx, s, c.Want.job(files, holds(list, c.Want) == ""))
}

// job is the work of installing the package.
func (p *pkg) job(files packagefile.Staged, ask bool) bootjob.Job {
	j := bootjob.Job{
		Kind: jobKind, Name: thing(*p.Identity), Title: "Install " + p.title(), Stage: placeOf(*p, false).stage, Place: placeAmong(*p),
		Payloads: []image.Payload{files.Payload}, Alone: providers.Is(p.Kind, cumulative),
		Data: map[string]string{dataIdentity: *p.Identity, dataDigest: *p.Digest},
	}
	if p.KB != nil {
		j.Data[dataKB] = *p.KB
	}
	if len(p.CheckpointDigests) > 0 {
		j.Data[dataCheckpoints] = strings.Join(p.CheckpointDigests, " ")
	}
	for _, name := range files.Add {
		j.Commands = append(j.Commands, bootjob.Command{Args: []string{"/Add-Package", "/PackagePath:" + files.Payload.Path(name)}})
	}
	if ask {
		j.Test = p.test()
	}
	return j
}

// test asks DISM for the package. Of several packages, any of which is enough, it searches the
// list, as DISM fails if asked for a package that does not exist.
func (p *pkg) test() bootjob.Test {
	if names := p.alternatives(); len(names) > 1 {
		t := bootjob.Test{Ask: []string{"/Get-Packages"}}
		for _, n := range names {
			t.Done = append(t.Done, listed(n))
		}
		return t
	}
	return bootjob.Test{
		Ask:     []string{"/Get-PackageInfo", "/PackageName:" + *p.Identity},
		Done:    []string{"State : Installed", "State : Superseded"},
		Pending: []string{"State : Install Pending"},
	}
}

// listed is the line of a package in the output of /Get-Packages.
func listed(identity string) string { return "Package Identity : " + identity }

// title names the package in messages.
func (p *pkg) title() string {
	name, _, _ := strings.Cut(*p.Identity, "~")
	if p.KB != nil {
		name = *p.KB + " (" + name + ")"
	}
	return name
}

// remove removes the jobs that would install the package from the queue, and queues the removal of
// what the image holds.
func remove(ctx context.Context, s image.Session, want pkg) error {
	adds, err := queuedAdds(s, want)
	if err != nil {
		return err
	}
	for _, j := range adds {
		if err := bootjob.Unqueue(s, j.Kind, j.Name); err != nil {
			return err
		}
	}
	held, err := matching(ctx, s, want)
	if err != nil {
		return err
	}
	for _, p := range held {
		if p.Permanent {
			return want.permanent(p.Identity)
		}
		err := bootjob.Queue(ctx, s, bootjob.Job{
			Kind: jobKind, Name: thing(p.Identity), Absent: true, Title: "Remove " + p.Identity, Stage: bootjob.StageRemoval,
			Commands: []bootjob.Command{{Args: []string{"/Remove-Package", "/PackageName:" + p.Identity}}},
			Test:     bootjob.Test{Ask: []string{"/Get-Packages"}, Gone: []string{listed(p.Identity)}},
			Data:     map[string]string{dataIdentity: p.Identity},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
