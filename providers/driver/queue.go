package driver

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/bootjob"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// jobKind is the kind of the jobs that add drivers.
const jobKind = "driver"

// lastOfRemovals is the position of drivers in the queue of the first boot: after removals, before
// everything that is serviced.
const lastOfRemovals = 29

// queued is a package in the queue of the first boot.
type queued struct {
	job                           string // its name in the queue
	name, provider, version, arch string
	digest                        string
}

// jobName is the name of a package's job in the queue; there is one job for an INF.
func (l *loaded) jobName(target inf.Target) string {
	p := l.pack
	sum := l.content.Files[p.OriginalName]
	return strings.Join([]string{p.OriginalName, p.Provider, p.Version, target.Arch.String(), sum[:min(16, len(sum))]}, " ")
}

func queuedIn(s image.Session) ([]queued, error) {
	jobs, err := bootjob.Jobs(s)
	if err != nil {
		return nil, err
	}
	var list []queued
	for _, j := range jobs {
		if j.Kind == jobKind {
			list = append(list, queued{j.Name, j.Data["inf"], j.Data["provider"], j.Data["version"], j.Data["arch"], j.Data["digest"]})
		}
	}
	return list, nil
}

// queuedAt is the position of all packages that Windows adds at its first boot.
func queuedAt(c providers.TypedChange[driver]) (providers.QueuePlace, bool) {
	return providers.QueuePlace{Order: bootjob.Order(bootjob.StageRemoval, lastOfRemovals)}, c.Effect.Waits
}

// job adds the package at the first boot: pnputil puts it into the driver store, and installs it on
// the devices that it fits. Exit code 259 says that there is no such device, or that the device has
// a better driver.
func (l *loaded) job(pkg driverstore.Import, target inf.Target, open func(name string) func() (io.ReadCloser, error)) (bootjob.Job, error) {
	p := l.pack
	var payload image.Payload
	names := []string{path.Base(l.inf)}
	for _, f := range pkg.Files {
		names = append(names, f.Path)
	}
	for _, name := range names {
		d := l.digests[name]
		f := image.PayloadFile{Name: name, Size: d.Size, SHA256: d.SHA256}
		if open != nil {
			f.Open = open(name)
		}
		payload.Files = append(payload.Files, f)
	}
	add := []string{"/add-driver", payload.Path(names[0]), "/install"}
	if target.Major < 10 || target.Build < 14393 { // before Windows 10, version 1607
		add = []string{"-i", "-a", payload.Path(names[0])}
	}
	return bootjob.Job{
		Kind: jobKind, Name: l.jobName(target),
		Title: "Add the driver " + p.title(), Stage: bootjob.StageRemoval, Place: lastOfRemovals,
		Commands: []bootjob.Command{{Program: "pnputil.exe", Args: add, OK: []uint32{259}}},
		Payloads: []image.Payload{payload},
		Data:     map[string]string{"inf": p.OriginalName, "provider": p.Provider, "version": p.Version, "arch": target.Arch.String(), "digest": p.Digest},
	}, nil
}

// enqueue queues a package for the first boot.
func (r *run) enqueue(ctx context.Context, t *tree, l *loaded, pkg driverstore.Import, target inf.Target, why string) error {
	if err := r.deferrable(ctx, l, pkg, target, why); err != nil {
		return err
	}
	j, err := l.job(pkg, target, func(name string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return t.Open(l.actual[name]) }
	})
	if err != nil {
		return err
	}
	if err := bootjob.Queue(ctx, r.session, j); err != nil {
		return fmt.Errorf("queue of the first boot: %w", err)
	}
	r.held.queue, err = queuedIn(r.session)
	return err
}

// unqueue removes packages from the queue.
func (r *run) unqueue(which func(queued) bool) error {
	for _, q := range r.held.queue {
		if which(q) {
			if err := bootjob.Unqueue(r.session, jobKind, q.job); err != nil {
				return err
			}
		}
	}
	var err error
	r.held.queue, err = queuedIn(r.session)
	return err
}
