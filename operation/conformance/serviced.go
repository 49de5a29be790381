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

// serviced is a Windows image that DISM services.
type serviced struct {
	*bench
	file    string // the source, which is only read
	info    image.Info
	session image.Session // of the backend dism
	drivers []driverEntry // DISM's latest list
	out     string        // output of the backend dism
}

func onServiced(do func(*serviced, context.Context) error) func(*bench, context.Context) error {
	return func(b *bench, ctx context.Context) error { return do(&b.serviced, ctx) }
}

func servicedChecks() []check {
	need := func(names ...string) []string { return append([]string{"service.mount"}, names...) }
	return []check{
		{name: "service.mount", proves: "DISM mounts and services a copy of a real Windows image that gild wrote", dism: true, run: onServiced((*serviced).mount)},
		{name: "service.lists", proves: "gild reads the same packages, features and drivers as DISM lists", dism: true, after: need(), run: onServiced((*serviced).sameLists)},
		{name: "service.drivers", proves: "DISM adds several driver packages, test-signed and unsigned, in one command; DISM and gild list them", dism: true, after: need(), run: onServiced((*serviced).addDrivers)},
		{name: "service.signed", proves: "DISM adds signed driver packages of this machine; DISM and gild list them", dism: true, after: need(), run: onServiced((*serviced).addSigned)},
		{name: "service.feature", proves: "DISM enables a feature; DISM and gild show it as enabled", dism: true, after: need(), run: onServiced((*serviced).enableFeature)},
		{name: "service.cut", proves: "after DISM was ended while it added a driver, gild opens the image at its last checkpoint", dism: true, after: need(), run: onServiced((*serviced).cut)},
		{name: "service.commit", proves: "the output contains the changes of DISM and gild, and gild reads from it what DISM listed", dism: true, after: need(), run: onServiced((*serviced).commit)},
		{name: "service.offline", proves: "DISM lists driver packages that the backend offline added in the same way as those that DISM added", dism: true, after: []string{"service.drivers", "service.commit"}, run: onServiced((*serviced).driversOffline)},
		{name: "service.scan", proves: "DISM finds no corruption in the component store of the output (/ScanHealth)", dism: true, after: []string{"service.commit"}, run: onServiced((*serviced).scan)},
		{name: "service.sfc", proves: "sfc finds no integrity violations in the output (/verifyonly)", dism: true, after: []string{"service.commit"}, run: onServiced((*serviced).systemFiles)},
	}
}

// mount finds the image and has DISM mount it.
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
	const copies, spare = 6, 2 << 30 // for an image that is mounted, changed and written twice
	if need := copies*size + spare; !sv.machine.Emulated && sv.machine.FreeBytes < need {
		return skip("the folder of the checks has %d bytes free, but %d may be needed", sv.machine.FreeBytes, need)
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
		return fmt.Errorf("DISM says that the edition is %q, gild says %q", edition, info.Edition)
	}
	return nil
}

// service runs a command of DISM on the image.
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
			sv.note("%s can't be enabled without a source (%#x)", name, failed.ExitCode())
			continue
		}
		if err != nil {
			return err
		}
		sv.note("enabled %s", name)
		return sv.enabled(ctx, name)
	}
	return skip("the image has no disabled feature that can be enabled without a source")
}

// needsSource are CBS_E_SOURCE_MISSING, CBS_E_SOURCE_NOT_IN_LIST and the code for a download
// that policy forbids.
var needsSource = []uint32{0x800f081f, 0x800f0906, 0x800f0907, 0x800f0950}

func (sv *serviced) enabled(ctx context.Context, name string) error {
	t, err := sv.service(ctx, "/Get-FeatureInfo", "/FeatureName:"+name)
	if err != nil {
		return err
	}
	if state := t.Get("State"); state != "Enabled" && state != "Enable Pending" {
		return fmt.Errorf("feature %s: DISM reported that it enabled it, but lists it as %s", name, state)
	}
	return sv.sameFeatures(ctx)
}

// addDrivers adds gild's own driver packages in one command.
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
			errs.add(fmt.Errorf("DISM reported that it added %s, but does not list it: %v", d.name, sv.drivers))
		}
	}
	return errs.err()
}

// add adds driver packages in one command and compares the lists.
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

// addSigned adds packages of this machine's driver store.
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
		return fmt.Errorf("DISM reported that it added %d packages, but lists as many as before", len(infs))
	}
	return nil
}

// cut ends DISM while it adds a driver, in a working image of its own.
func (sv *serviced) cut(ctx context.Context) error {
	if sv.machine.Emulated && sv.machine.System == "windows" {
		return skip("an emulated DISM does not load hives into the registry of this system, where gild looks for them")
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
	_ = s.Close() // as far as possible without DISM
	if sv.dism.disarm() {
		return errors.New("DISM was not run")
	}
	sv.note("%s", map[bool]string{true: "DISM completed before it could be ended", false: "DISM was ended"}[failed == nil])
	again, err := sv.openDISM(ctx, sv.file, store, "one")
	if err != nil {
		return err
	}
	if at := again.At(); at != "one" {
		return fmt.Errorf("the checkpoint is lost: the next run continues from %q", at)
	}
	err = holds(again, mark, "one")
	drivers, e := held(ctx, again)
	if err = errors.Join(err, e); err == nil && len(drivers) > 0 && slices.ContainsFunc(drivers, ownDrivers[0].entry().same) {
		err = errors.New("the image contains the driver package, although it was not committed")
	}
	return errors.Join(err, again.Close())
}

// commit commits the image, writes the output and reads it without DISM.
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
