package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/image/servicing"
)

// serviced is a Windows that DISM can service, and what became of it.
type serviced struct {
	*bench
	file    string // the source, which is only read
	info    image.Info
	session image.Session // of the backend dism
	drivers []driverEntry // that DISM has listed in it at last
	out     string        // output of the backend dism
}

func onServiced(do func(*serviced, context.Context) error) func(*bench, context.Context) error {
	return func(b *bench, ctx context.Context) error { return do(&b.serviced, ctx) }
}

func servicedChecks() []check {
	need := func(names ...string) []string { return append([]string{"service.mount"}, names...) }
	return []check{
		{name: "service.mount", proves: "DISM mounts a copy of a real Windows that gild has made, and services it", dism: true, run: onServiced((*serviced).mount)},
		{name: "service.lists", proves: "packages, features and drivers that DISM lists are those that gild reads without it", dism: true, after: need(), run: onServiced((*serviced).sameLists)},
		{name: "service.drivers", proves: "several driver packages, test-signed and not signed, are added by one command, and listed by DISM and by gild", dism: true, after: need(), run: onServiced((*serviced).addDrivers)},
		{name: "service.signed", proves: "driver packages with a catalogue, of this machine, are added, and listed by DISM and by gild", dism: true, after: need(), run: onServiced((*serviced).addSigned)},
		{name: "service.feature", proves: "a feature is enabled, and is so for DISM and for gild", dism: true, after: need(), run: onServiced((*serviced).enableFeature)},
		{name: "service.cut", proves: "DISM is ended while it adds a driver, and the image can be opened again at its last checkpoint", dism: true, after: need(), run: onServiced((*serviced).cut)},
		{name: "service.commit", proves: "what DISM and gild changed is in the output, and gild reads there what DISM listed", dism: true, after: need(), run: onServiced((*serviced).commit)},
		{name: "service.offline", proves: "DISM lists the driver packages that the backend offline has added as it lists those that it has added itself", dism: true, after: []string{"service.drivers", "service.commit"}, run: onServiced((*serviced).driversOffline)},
		{name: "service.scan", proves: "DISM finds the component store of the output whole (/ScanHealth)", dism: true, after: []string{"service.commit"}, run: onServiced((*serviced).scan)},
		{name: "service.sfc", proves: "sfc finds the protected files of the output whole (/verifyonly)", dism: true, after: []string{"service.commit"}, run: onServiced((*serviced).systemFiles)},
	}
}

// mount finds the image and has it mounted.
func (sv *serviced) mount(ctx context.Context) error {
	file, what, err := sv.find(ctx)
	if err != nil {
		return err
	}
	f, err := wim.Open(file)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	size := f.Size()
	if err := f.Close(); err != nil {
		return err
	}
	const copies, spare = 6, 2 << 30 // of a mounted, changed and twice written image
	if need := copies*size + spare; !sv.machine.Emulated && sv.machine.FreeBytes < need {
		return skip("%d bytes are free in the folder for the checks, and %d may be needed", sv.machine.FreeBytes, need)
	}
	s, err := sv.openDISM(ctx, file, "serviced")
	if err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	sv.note("%s: %s %s %s, %d bytes", what, info.Name, info.Version, info.Arch, size)
	sv.file, sv.session, sv.info = file, s, info
	t, err := sv.service(ctx, "/Get-CurrentEdition")
	if err != nil {
		return err
	}
	if edition := t.Get("Current Edition"); info.Edition != "" && !strings.EqualFold(edition, info.Edition) {
		return fmt.Errorf("the edition is %q by DISM, and %q by gild", edition, info.Edition)
	}
	return nil
}

// service has DISM run a command on the image.
func (sv *serviced) service(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	return serviceOf(ctx, sv.session, args...)
}

func serviceOf(ctx context.Context, s image.Session, args ...string) (*transcript.Transcript, error) {
	servicer, ok := image.As[image.Servicer](s)
	if !ok {
		return nil, errors.New("the session has no DISM")
	}
	return servicer.Dism(ctx, args...)
}

// enableFeature enables the first feature that can be enabled without a source.
func (sv *serviced) enableFeature(ctx context.Context) error {
	t, err := sv.service(ctx, "/Get-Features")
	if err != nil {
		return err
	}
	tried := 0
	for _, r := range t.With("Feature Name") {
		name := r.Get("Feature Name")
		if r.Get("State") != "Disabled" {
			continue
		}
		const most = 5
		if tried++; tried > most {
			break
		}
		_, err := sv.service(ctx, "/Enable-Feature", "/FeatureName:"+name, "/All")
		var failed image.ServicingError
		if errors.As(err, &failed) && slices.Contains(needsSource, failed.ExitCode()) {
			sv.note("%s can't be enabled here without a source (%#x)", name, failed.ExitCode())
			continue
		}
		if err != nil {
			return err
		}
		sv.note("enabled %s", name)
		return sv.enabled(ctx, name)
	}
	return skip("the image has no feature that is disabled and can be enabled without a source")
}

// needsSource are CBS_E_SOURCE_MISSING, CBS_E_SOURCE_NOT_IN_LIST and the code for files that
// policy does not let DISM look for.
var needsSource = []uint32{0x800f081f, 0x800f0906, 0x800f0907, 0x800f0950}

func (sv *serviced) enabled(ctx context.Context, name string) error {
	t, err := sv.service(ctx, "/Get-FeatureInfo", "/FeatureName:"+name)
	if err != nil {
		return err
	}
	if state := t.Get("State"); state != "Enabled" && state != "Enable Pending" {
		return fmt.Errorf("feature %s: DISM said that it enabled it, and now says that it is %s", name, state)
	}
	return sv.sameFeatures(ctx)
}

// addDrivers adds gild's own packages by one command.
func (sv *serviced) addDrivers(ctx context.Context) error {
	infs, err := writeDrivers(filepath.Join(sv.dir, "drivers"), sv.info)
	if err != nil {
		return err
	}
	if err := sv.add(ctx, infs, "/ForceUnsigned"); err != nil {
		return err
	}
	var errs differences
	for _, d := range ownDrivers {
		if !slices.ContainsFunc(sv.drivers, d.entry().same) {
			errs.add(fmt.Errorf("DISM said that it added %s, and does not list it: %v", d.name, sv.drivers))
		}
	}
	return errs.err()
}

// add adds driver packages, by several INF files in one command, and compares lists.
func (sv *serviced) add(ctx context.Context, infs []string, with ...string) error {
	args := []string{"/Add-Driver"}
	for _, inf := range infs {
		args = append(args, "/Driver:"+inf)
	}
	t, err := sv.service(ctx, append(args, with...)...)
	if err != nil {
		return err
	}
	for _, item := range t.Items {
		sv.note("%s: %s", filepath.Base(strings.ReplaceAll(item.Name, `\`, "/")), item.Result)
	}
	return sv.sameDrivers(ctx)
}

// addSigned adds packages that are in this machine's driver store.
func (sv *serviced) addSigned(ctx context.Context) error {
	infs, err := signedDrivers(sv.info.Arch)
	if err != nil {
		return err
	}
	before := len(sv.drivers)
	if err := sv.add(ctx, infs); err != nil {
		return err
	}
	if len(sv.drivers) == before {
		return fmt.Errorf("DISM said that it added %d packages, and lists as many as before", len(infs))
	}
	return nil
}

// cut ends DISM while it adds a driver, in a working image of its own.
func (sv *serviced) cut(ctx context.Context) error {
	if sv.machine.Emulated && sv.machine.System == "windows" {
		return skip("the hives that an emulated DISM leaves loaded when it is ended are not in the registry of this system, where gild looks for them")
	}
	infs, err := writeDrivers(filepath.Join(sv.dir, "drivers.cut"), sv.info)
	if err != nil {
		return err
	}
	const store = "serviced.cut"
	s, err := sv.openDISM(ctx, sv.file, store)
	if err != nil {
		return err
	}
	const mark = "Windows/gild-step-one.txt"
	if err := errors.Join(rewrite(s, mark, "one"), s.Commit(ctx, "one")); err != nil {
		return err
	}
	sv.dism.arm(true, "Add-Driver")
	_, failed := serviceOf(ctx, s, "/Add-Driver", "/Driver:"+infs[0], "/ForceUnsigned")
	sv.dism.vanish()
	_ = s.Close() // as far as it goes without DISM
	if sv.dism.disarm() {
		return errors.New("DISM was not run")
	}
	sv.note("%s", map[bool]string{true: "DISM came to its end before it could be ended", false: "DISM was ended"}[failed == nil])
	again, err := sv.openDISM(ctx, sv.file, store, "one")
	if err != nil {
		return err
	}
	if at := again.At(); at != "one" {
		return fmt.Errorf("the checkpoint is lost: the next run is at %q", at)
	}
	err = holds(again, mark, "one")
	drivers, e := held(ctx, again)
	if err = errors.Join(err, e); err == nil && len(drivers) > 0 && slices.ContainsFunc(drivers, ownDrivers[0].entry().same) {
		err = errors.New("the driver package that was being added is in the image, which was not committed")
	}
	return errors.Join(err, again.Close())
}

// commit commits, writes the output, and reads it without DISM.
func (sv *serviced) commit(ctx context.Context) error {
	if err := rewrite(sv.session, stepFile("serviced"), newContent); err != nil {
		return err
	}
	if err := writeHives(sv.session); err != nil {
		return err
	}
	before := sv.drivers
	features, _, err := servicing.Features(ctx, sv.session)
	if err != nil {
		return err
	}
	if err := sv.session.Commit(ctx, "serviced"); err != nil {
		return err
	}
	sv.out = filepath.Join(sv.dir, "serviced-by-dism.wim")
	if err := sv.export(ctx, sv.session, sv.out); err != nil {
		return err
	}
	f, err := wim.Open(sv.out)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Verify(ctx), f.Close()); err != nil {
		return err
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: sv.out}, image.OpenOptions{Log: sv.Log})
	if err != nil {
		return err
	}
	defer s.Close()
	have, err := held(ctx, s)
	if err != nil {
		return err
	}
	after, _, err := servicing.Features(ctx, s)
	if err != nil {
		return err
	}
	var errs differences
	errs.add(sameEntries(before, "DISM", have, "gild in the output"))
	for i := range features {
		if i >= len(after) || features[i].Name != after[i].Name || features[i].Status != after[i].Status {
			errs.add(fmt.Errorf("feature %s was %s before the commit", features[i].Name, features[i].Status))
		}
	}
	errs.add(holds(s, stepFile("serviced"), newContent))
	errs.add(readHives(s))
	errs.add(sv.hives.take(s, "the serviced image"))
	return errs.err()
}
