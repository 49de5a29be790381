package dismemu

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/cbs"
	"github.com/gildhq/gild/image/international"
)

const manifests = "Windows/servicing/Packages"

func getPackages(r *run) error {
	return r.inspect(func(img *serviced) error {
		list, err := img.records().Packages()
		if err != nil {
			return err
		}
		var records [][]field
		for _, p := range list {
			if p.Visible {
				records = append(records, []field{{"Package Identity", p.Identity}, {"State", p.State.Words()},
					{"Release Type", p.ReleaseType}, {"Install Time", r.locale.moment(p.InstallTime)}})
			}
		}
		r.out.line("Packages listing:")
		r.out.line("")
		r.out.records(records, "(No packages found)")
		return nil
	})
}

// packages changes the packages of an image in a run of DISM.
type packages struct {
	*run
	img     *serviced
	stacked bool // a servicing stack was added
}

// applicable returns an error if a package does not apply to the image, by its architecture,
// build or installed packages.
func (ps *packages) applicable(p *cbs.Manifest) error {
	if arch := p.Identity.Arch(); arch != "" && arch != "neutral" && !strings.EqualFold(arch, ps.img.info.Arch) {
		return known(errArchitecture)
	}
	list, err := ps.img.records().Packages()
	if err != nil {
		return err
	}
	if !(cbs.Windows{Version: ps.img.info.Version, Packages: list}).Takes(p) {
		return known(errNotApplicable)
	}
	return nil
}

// install records a package with its manifest, and supersedes older ones of the same name.
// Packages that require a restart stay pending, and in Windows PE all do.
func (ps *packages) install(p *cbs.Manifest) error {
	identity, state := p.Identity.String(), cbs.Installed
	switch {
	case p.Permanent:
		state = cbs.Permanent
	case ps.img.isPE():
		state = cbs.InstallPending
	case p.Restart == "required":
		state = cbs.InstallPending
		ps.restart()
		if err := ps.img.registry.CreateKey(cbsKey + `\PackagesPending\` + identity); err != nil {
			return err
		}
	}
	if err := ps.writeManifest(p); err != nil {
		return err
	}
	if err := ps.supersede(p.Identity); err != nil {
		return err
	}
	key := cbsRecords + `\` + identity
	err := errors.Join(
		ps.img.setText(key, "InstallClient", "DISM Package Manager Provider"),
		ps.img.setText(key, "InstallName", identity+".mum"),
		ps.img.setNumber(key, "Visibility", 1),
		ps.img.setNumber(key, "SelfUpdate", 0),
		ps.setState(identity, state))
	if err != nil {
		return err
	}
	return ps.effects(p)
}

func (ps *packages) writeManifest(p *cbs.Manifest) error {
	name := manifests + "/" + p.Identity.String()
	return errors.Join(
		ps.img.files.MkdirAll(manifests, image.Meta{}),
		ps.img.files.WriteFile(name+".mum", bytes.NewReader(p.Raw), image.Meta{}),
		ps.img.files.WriteFile(name+".cat", strings.NewReader(p.Identity.String()), image.Meta{}))
}

// effects makes the visible effects of a package: the language of a language pack, the
// features of a package, the revision of Windows of a cumulative update.
func (ps *packages) effects(p *cbs.Manifest) error {
	switch {
	case p.Language():
		return ps.addLanguage(p.Identity.Language())
	case p.Cumulative():
		return ps.setRevision(p.Identity.Version())
	case !p.Update() && p.Identity.Language() == "":
		key := cbsRecords + `\` + p.Identity.String() + `\Updates`
		for _, u := range p.Updates {
			if _, known := ps.img.number(key, u.Name); known || u.Name == "" {
				continue
			}
			if err := ps.img.setNumber(key, u.Name, uint32(cbs.Staged)); err != nil {
				return err
			}
		}
	}
	return nil
}

const uiLanguages = `HKLM\SYSTEM\CurrentControlSet\Control\MUI\UILanguages`

// addLanguage records a language of the user interface.
func (ps *packages) addLanguage(tag string) error {
	const fully = 0x91 // fully localized
	locale, ok := international.ByTag(tag)
	if !ok {
		return nil
	}
	key := uiLanguages + `\` + locale.Tag
	return errors.Join(ps.img.setNumber(key, "LCID", locale.LCID), ps.img.setNumber(key, "Type", fully))
}

// setRevision sets the revision of Windows to that of a cumulative update, 26100.4061.1.10.
func (ps *packages) setRevision(release string) error {
	var build, revision uint32
	if n, err := fmt.Sscanf(release, "%d.%d", &build, &revision); err != nil || n != 2 {
		return nil
	}
	if was, ok := ps.img.number(currentVersion, "UBR"); !ok || was > revision {
		return nil
	}
	return ps.img.setNumber(currentVersion, "UBR", revision)
}

// supersede marks installed packages of the same name.
func (ps *packages) supersede(by cbs.Identity) error {
	names, err := ps.img.registry.Subkeys(cbsRecords)
	if gone(err) != nil {
		return err
	}
	for _, name := range names {
		if name != by.String() && by.SameName(cbs.Split(name)) {
			if err := ps.img.setNumber(cbsRecords+`\`+name, "CurrentState", uint32(cbs.Superseded)); err != nil {
				return err
			}
		}
	}
	return nil
}

// setState records the state of a package and the time.
func (ps *packages) setState(identity string, state cbs.State) error {
	key := cbsRecords + `\` + identity
	at := nt.TimeOf(ps.now())
	return errors.Join(
		ps.img.setNumber(key, "CurrentState", uint32(state)),
		ps.img.setNumber(key, "InstallTimeHigh", uint32(at>>32)),
		ps.img.setNumber(key, "InstallTimeLow", uint32(at)))
}

func removePackage(r *run) error {
	names := r.args.all("PackageName")
	if len(names) == 0 {
		return missingOption("packagename")
	}
	return r.service(func(img *serviced) error {
		ps := &packages{run: r, img: img}
		list, err := img.records().Packages()
		if err != nil {
			return err
		}
		for n, name := range names {
			if n > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			r.out.line("Processing %d of %d - Removing package %s", n+1, len(names), name)
			i := slices.IndexFunc(list, func(p cbs.Package) bool { return strings.EqualFold(p.Identity, name) })
			switch {
			case i < 0:
				return known(errInvalidPackage, name)
			case list[i].Permanent || list[i].State == cbs.InstallPending && !img.isPE():
				return known(errCannotUninstall)
			}
			if err := ps.uninstall(list[i].Identity); err != nil {
				return err
			}
			r.out.progress()
		}
		return nil
	})
}

// uninstall reverses install.
func (ps *packages) uninstall(identity string) error {
	if err := ps.img.registry.DeleteKey(cbsRecords + `\` + identity); err != nil {
		return err
	}
	for _, ext := range []string{".mum", ".cat"} {
		if err := gone(ps.img.files.Remove(manifests + "/" + identity + ext)); err != nil {
			return err
		}
	}
	id := cbs.Split(identity)
	if !strings.HasSuffix(strings.ToLower(id.Name()), "-languagepack-package") {
		return nil
	}
	return gone(ps.img.registry.DeleteKey(uiLanguages + `\` + id.Language()))
}
