package dismemu

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
)

// Where Windows keeps apps for all users.
const (
	appxStore     = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore`
	provisioned   = appxStore + `\Applications`
	staged        = appxStore + `\Staged`
	deprovisioned = appxStore + `\Deprovisioned`
	windowsApps   = "Program Files/WindowsApps"
	appLicenses   = "ProgramData/Microsoft/Windows/ClipSVC/Install/Apps"
)

// regions is the value of a provisioned app's key in which the emulation keeps /Region.
const regions = "Regions"

// appIdentity is the full name of an app package, in parts.
type appIdentity struct{ full, name, version, arch, resource, publisher string }

func parseApp(full string) (appIdentity, bool) {
	p := strings.Split(full, "_")
	if len(p) != 5 {
		return appIdentity{}, false
	}
	return appIdentity{full, p[0], p[1], p[2], p[3], p[4]}, true
}

func (i appIdentity) family() string { return i.name + "_" + i.publisher }

// apps changes the apps of an image in a run of DISM.
type apps struct {
	*run
	img *serviced
}

// list returns the packages with a subkey of a key.
func (a apps) list(key string) ([]appIdentity, error) {
	names, err := a.img.registry.Subkeys(key)
	if gone(err) != nil {
		return nil, err
	}
	var list []appIdentity
	for _, name := range names {
		if i, ok := parseApp(name); ok {
			list = append(list, i)
		}
	}
	return list, nil
}

func getApps(r *run) error {
	return r.inspect(func(img *serviced) error {
		list, err := apps{r, img}.list(provisioned)
		if err != nil {
			return err
		}
		var records [][]field
		for _, i := range list {
			records = append(records, []field{{"DisplayName", i.name}, {"Version", i.version}, {"Architecture", i.arch},
				{"ResourceId", i.resource}, {"PackageName", i.full}, {"Regions", img.text(provisioned+`\`+i.full, regions)}})
		}
		if len(records) > 0 {
			r.out.records(records, "")
		}
		return nil
	})
}

func addApp(r *run) error {
	path, err := r.need("PackagePath")
	if err != nil {
		return err
	}
	if !exists(path) {
		return known(errNotFound, path)
	}
	if !r.args.has("SkipLicense") && !r.args.has("LicensePath") {
		return missingOption("licensepath or skiplicense")
	}
	return r.service(func(img *serviced) error {
		a := apps{r, img}
		app, err := readApp(path)
		if err != nil {
			return fail(0x80073cf0, "The package could not be opened: %v.", err)
		}
		if arch := app.arch; arch != "neutral" && !fitsArch(arch, img.info.Arch) {
			return known(0x80073d10, app.full)
		}
		for _, name := range r.args.all("DependencyPackagePath") {
			dependency, err := readApp(name)
			if err != nil {
				return fail(0x80073cf3, "A dependency could not be opened: %v.", err)
			}
			err = errors.Join(a.installable(name), a.unpack(name, dependency),
				img.registry.CreateKey(staged+`\`+dependency.full), a.enlist(dependency, "framework"))
			if err != nil {
				return err
			}
		}
		if err := errors.Join(a.installable(path), r.midway(nil)); err != nil {
			return err
		}
		return a.provision(path, app)
	})
}

// fitsArch reports whether a Windows of one architecture runs apps of another one.
func fitsArch(app, windows string) bool {
	app = map[string]string{"x64": "amd64"}[app] + map[bool]string{true: app}[app != "x64"]
	return app == windows || app == "x86" || windows == "arm64" && app != "x86"
}

// provision installs an app for all users, in place of another version of it.
func (a apps) provision(path string, app appIdentity) error {
	all, err := a.list(provisioned)
	if err != nil {
		return err
	}
	for _, other := range all {
		if strings.EqualFold(other.family(), app.family()) && other.full != app.full {
			if err := a.img.registry.DeleteKey(provisioned + `\` + other.full); err != nil {
				return err
			}
		}
	}
	if err := a.unpack(path, app); err != nil {
		return err
	}
	key := provisioned + `\` + app.full
	err = errors.Join(
		a.img.setText(key, "Path", `C:\Program Files\WindowsApps\`+app.full+`\`+app.manifest()),
		a.img.registry.CreateKey(staged+`\`+app.full),
		gone(a.img.registry.DeleteKey(deprovisioned+`\`+app.family())),
		a.enlist(app, ""))
	if region, ok := a.args.get("Region"); ok && err == nil {
		err = a.img.setText(key, regions, region)
	}
	license, ok := a.args.get("LicensePath")
	if !ok || err != nil {
		return err
	}
	data, err := os.ReadFile(license)
	if err != nil {
		return known(errNotFound, license)
	}
	return errors.Join(a.img.files.MkdirAll(appLicenses, image.Meta{}), a.img.write(appLicenses+"/"+app.family()+".xml", data))
}

// manifest is the path of the manifest in a package or bundle.
func (i appIdentity) manifest() string {
	if i.resource == "~" {
		return `AppxMetadata\AppxBundleManifest.xml`
	}
	return "AppxManifest.xml"
}

// protected are apps that Windows refuses to remove.
func protected() []string {
	return []string{"Microsoft.SecHealthUI", "Microsoft.DesktopAppInstaller"}
}

func removeApp(r *run) error {
	name, err := r.need("PackageName")
	if err != nil {
		return err
	}
	return r.service(func(img *serviced) error {
		a := apps{r, img}
		all, err := a.list(provisioned)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(i appIdentity) bool { return strings.EqualFold(i.full, name) })
		switch {
		case i < 0:
			return known(errNotFound)
		case slices.Contains(protected(), all[i].name):
			return known(errRemoveApp)
		}
		return a.deprovision(all[i])
	})
}

// deprovision removes all packages of an app's family, and the app's optional packages.
func (a apps) deprovision(app appIdentity) error {
	families, err := a.optionalFamilies(app)
	if err != nil {
		return err
	}
	for _, family := range append(families, app.family()) {
		if err := a.removeFamily(family); err != nil {
			return err
		}
		if err := a.midway(nil); err != nil {
			return err
		}
	}
	return a.unlist(append(families, app.family()))
}

func (a apps) removeFamily(family string) error {
	found, err := a.img.files.ReadDir(windowsApps)
	if gone(err) != nil {
		return err
	}
	for _, e := range found {
		if i, ok := parseApp(e.Name()); ok && strings.EqualFold(i.family(), family) {
			if err := a.img.files.Remove(windowsApps + "/" + e.Name()); err != nil {
				return err
			}
		}
	}
	for _, key := range []string{staged, provisioned} {
		all, err := a.list(key)
		if err != nil {
			return err
		}
		for _, i := range all {
			if strings.EqualFold(i.family(), family) {
				if err := a.img.registry.DeleteKey(key + `\` + i.full); err != nil {
					return err
				}
			}
		}
	}
	return errors.Join(
		a.img.registry.CreateKey(deprovisioned+`\`+family),
		gone(a.img.files.Remove(appLicenses+"/"+family+".xml")))
}
