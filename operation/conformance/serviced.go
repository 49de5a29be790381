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
	file    string // the source, which is only read
	info    image.Info
	session image.Session // of the backend dism
	drivers []driverEntry // that DISM has listed in it at last
	out     string        // output of the backend dism
}

func servicedChecks() []check {
	need := func(names ...string) []string { return append([]string{"service.mount"}, names...) }
	return []check{
		{name: "service.mount", proves: "DISM mounts a copy of a real Windows that gild has made, and services it", dism: true, run: (*bench).mountServiced},
		{name: "service.lists", proves: "packages, features and drivers that DISM lists are those that gild reads without it", dism: true, after: need(), run: (*bench).sameLists},
		{name: "service.drivers", proves: "several driver packages, test-signed and not signed, are added by one command, and listed by DISM and by gild", dism: true, after: need(), run: (*bench).addDrivers},
		{name: "service.signed", proves: "driver packages with a catalogue, of this machine, are added, and listed by DISM and by gild", dism: true, after: need(), run: (*bench).addSigned},
		{name: "service.feature", proves: "a feature is enabled, and is so for DISM and for gild", dism: true, after: need(), run: (*bench).enableFeature},
		{name: "service.cut", proves: "DISM is ended while it adds a driver, and the image can be opened again at its last checkpoint", dism: true, after: need(), run: (*bench).cutService},
		{name: "service.commit", proves: "what DISM and gild changed is in the output, and gild reads there what DISM listed", dism: true, after: need(), run: (*bench).commitServiced},
		{name: "service.offline", proves: "DISM lists the driver packages that the backend offline has added as it lists those that it has added itself", dism: true, after: []string{"service.drivers", "service.commit"}, run: (*bench).driversOffline},
		{name: "service.scan", proves: "DISM finds the component store of the output whole (/ScanHealth)", dism: true, after: []string{"service.commit"}, run: (*bench).scan},
		{name: "service.sfc", proves: "sfc finds the protected files of the output whole (/verifyonly)", dism: true, after: []string{"service.commit"}, run: (*bench).systemFiles},
	}
}

// mountServiced finds the image and has it mounted.
func (b *bench) mountServiced(ctx context.Context) error {
	file, what, err := b.serviceable(ctx)
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
	if need := copies*size + spare; !b.machine.Emulated && b.machine.FreeBytes < need {
		return skip("%d bytes are free in the folder for the checks, and %d may be needed", b.machine.FreeBytes, need)
	}
	s, err := b.openDISM(ctx, file, "serviced")
	if err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	b.note("%s: %s %s %s, %d bytes", what, info.Name, info.Version, info.Arch, size)
	b.serviced = serviced{file: file, session: s, info: info}
	t, err := b.service(ctx, "/Get-CurrentEdition")
	if err != nil {
		return err
	}
	if edition := t.Get("Current Edition"); info.Edition != "" && !strings.EqualFold(edition, info.Edition) {
		return fmt.Errorf("the edition is %q by DISM, and %q by gild", edition, info.Edition)
	}
	return nil
}

// service has DISM run a command on the image.
func (b *bench) service(ctx context.Context, args ...string) (*transcript.Transcript, error) {
	return serviceOf(ctx, b.serviced.session, args...)
}

func serviceOf(ctx context.Context, s image.Session, args ...string) (*transcript.Transcript, error) {
	servicer, ok := image.As[image.Servicer](s)
	if !ok {
		return nil, errors.New("the session has no DISM")
	}
	return servicer.Dism(ctx, args...)
}

// enableFeature enables the first feature that can be enabled without a source.
func (b *bench) enableFeature(ctx context.Context) error {
	t, err := b.service(ctx, "/Get-Features")
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
		_, err := b.service(ctx, "/Enable-Feature", "/FeatureName:"+name, "/All")
		var failed image.ServicingError
		if errors.As(err, &failed) && slices.Contains(needsSource, failed.ExitCode()) {
			b.note("%s can't be enabled here without a source (%#x)", name, failed.ExitCode())
			continue
		}
		if err != nil {
			return err
		}
		b.note("enabled %s", name)
		return b.enabled(ctx, name)
	}
	return skip("the image has no feature that is disabled and can be enabled without a source")
}

// needsSource are CBS_E_SOURCE_MISSING, CBS_E_SOURCE_NOT_IN_LIST and the code for files that
// policy does not let DISM look for.
var needsSource = []uint32{0x800f081f, 0x800f0906, 0x800f0907, 0x800f0950}

func (b *bench) enabled(ctx context.Context, name string) error {
	t, err := b.service(ctx, "/Get-FeatureInfo", "/FeatureName:"+name)
	if err != nil {
		return err
	}
	if state := t.Get("State"); state != "Enabled" && state != "Enable Pending" {
		return fmt.Errorf("feature %s: DISM said that it enabled it, and now says that it is %s", name, state)
	}
	return b.sameFeatures(ctx)
}

// addDrivers adds gild's own packages by one command.
func (b *bench) addDrivers(ctx context.Context) error {
	infs, err := writeDrivers(filepath.Join(b.dir, "drivers"), b.serviced.info)
	if err != nil {
		return err
	}
	if err := b.add(ctx, infs, "/ForceUnsigned"); err != nil {
		return err
	}
	var errs differences
	for _, d := range ownDrivers {
		if !slices.ContainsFunc(b.serviced.drivers, d.entry().same) {
			errs.add(fmt.Errorf("DISM said that it added %s, and does not list it: %v", d.name, b.serviced.drivers))
		}
	}
	return errs.err()
}

// add adds driver packages, by several INF files in one command, and compares lists.
func (b *bench) add(ctx context.Context, infs []string, with ...string) error {
	args := []string{"/Add-Driver"}
	for _, inf := range infs {
		args = append(args, "/Driver:"+inf)
	}
	t, err := b.service(ctx, append(args, with...)...)
	if err != nil {
		return err
	}
	for _, item := range t.Items {
		b.note("%s: %s", filepath.Base(strings.ReplaceAll(item.Name, `\`, "/")), item.Result)
	}
	return b.sameDrivers(ctx)
}

// addSigned adds packages that are in this machine's driver store.
func (b *bench) addSigned(ctx context.Context) error {
	infs, err := signedDrivers(b.serviced.info.Arch)
	if err != nil {
		return err
	}
	before := len(b.serviced.drivers)
	if err := b.add(ctx, infs); err != nil {
		return err
	}
	if len(b.serviced.drivers) == before {
		return fmt.Errorf("DISM said that it added %d packages, and lists as many as before", len(infs))
	}
	return nil
}

// cutService ends DISM while it adds a driver, in a working image of its own.
func (b *bench) cutService(ctx context.Context) error {
	if b.machine.Emulated && b.machine.System == "windows" {
		return skip("the hives that an emulated DISM leaves loaded when it is ended are not in the registry of this system, where gild looks for them")
	}
	infs, err := writeDrivers(filepath.Join(b.dir, "drivers.cut"), b.serviced.info)
	if err != nil {
		return err
	}
	const store = "serviced.cut"
	s, err := b.openDISM(ctx, b.serviced.file, store)
	if err != nil {
		return err
	}
	const mark = "Windows/gild-step-one.txt"
	if err := errors.Join(rewrite(s, mark, "one"), s.Commit(ctx, "one")); err != nil {
		return err
	}
	b.dism.arm(true, "Add-Driver")
	_, failed := serviceOf(ctx, s, "/Add-Driver", "/Driver:"+infs[0], "/ForceUnsigned")
	b.dism.vanish()
	_ = s.Close() // as far as it goes without DISM
	if b.dism.disarm() {
		return errors.New("DISM was not run")
	}
	b.note("%s", map[bool]string{true: "DISM came to its end before it could be ended", false: "DISM was ended"}[failed == nil])
	again, err := b.openDISM(ctx, b.serviced.file, store, "one")
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

// commitServiced commits, writes the output, and reads it without DISM.
func (b *bench) commitServiced(ctx context.Context) error {
	if err := rewrite(b.serviced.session, stepFile("serviced"), newContent); err != nil {
		return err
	}
	if err := writeHives(b.serviced.session); err != nil {
		return err
	}
	before := b.serviced.drivers
	features, _, err := servicing.Features(ctx, b.serviced.session)
	if err != nil {
		return err
	}
	if err := b.serviced.session.Commit(ctx, "serviced"); err != nil {
		return err
	}
	b.serviced.out = filepath.Join(b.dir, "serviced-by-dism.wim")
	if err := b.export(ctx, b.serviced.session, b.serviced.out); err != nil {
		return err
	}
	f, err := wim.Open(b.serviced.out)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Verify(ctx), f.Close()); err != nil {
		return err
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: b.serviced.out}, image.OpenOptions{Log: b.Log})
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
	errs.add(b.takeHives(s, "the serviced image"))
	return errs.err()
}
