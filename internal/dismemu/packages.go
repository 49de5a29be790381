package dismemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
)

const dateTime = "1/2/2006 3:04 PM"

func (r *run) getPackages() error {
	return r.service(func(img *serviced) error {
		list, _, err := servicing.Packages(r.ctx, img)
		if err != nil {
			return err
		}
		var records [][]field
		for _, p := range list {
			if p.Visible != nil && *p.Visible {
				records = append(records, []field{{"Package Identity", p.Identity}, {"State", words(p.State.String())},
					{"Release Type", words(p.ReleaseType)}, {"Install Time", stamp(p.InstallTime)}})
			}
		}
		r.out.line("Packages listing:")
		r.out.line("")
		r.out.records(records, "(No packages found)", r.table())
		return nil
	})
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(dateTime)
}

// addPackage adds packages in the order of the command line. What was added
// before one that fails stays.
func (r *run) addPackage() error {
	paths := r.args.all("PackagePath")
	if len(paths) == 0 {
		return missingOption("packagepath")
	}
	return r.service(func(img *serviced) error {
		files, err := packageFiles(paths)
		if err != nil {
			return err
		}
		var failed error
		for i, path := range files {
			if err := r.addOne(img, path, i+1, len(files)); err != nil {
				failed = err
				break
			}
		}
		if failed != nil {
			return errors.Join(failed, img.Commit(r.ctx, ""))
		}
		return nil
	})
}

// packageFiles resolves folders to the packages in them.
func packageFiles(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		st, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &failure{code: errPathNotFound, lines: []string{"An error occurred trying to open - " + p + " Error: 0x80070003"}}
		case err != nil:
			return nil, err
		case !st.IsDir() || exists(filepath.Join(p, "update.mum")):
			files = append(files, p)
			continue
		}
		found, err := os.ReadDir(p)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			if ext := strings.ToLower(filepath.Ext(e.Name())); ext == ".cab" || ext == ".msu" {
				files = append(files, filepath.Join(p, e.Name()))
			}
		}
	}
	return files, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (r *run) addOne(img *serviced, path string, n, of int) error {
	packages, err := msu.Inspect(path)
	title := path
	if err == nil && !strings.EqualFold(filepath.Ext(path), ".msu") {
		title = packages[0].Identity.String()
	}
	r.out.line("Processing %d of %d - Adding package %s", n, of, title)
	if err != nil {
		return &failure{code: 0x800f0805, lines: []string{"The package is not a valid Windows package: " + path}}
	}
	for _, p := range packages {
		if !r.args.has("IgnoreCheck") {
			if err := img.applicable(r.ctx, p); err != nil {
				return err
			}
		}
		if err := img.install(p, r.now()); err != nil {
			return err
		}
	}
	r.out.bar(100)
	return nil
}

// applicable tells whether the image takes a package: by architecture, build, and
// what is installed already.
func (img *serviced) applicable(ctx context.Context, p *msu.Package) error {
	info, err := img.Info(ctx)
	if err != nil {
		return err
	}
	if arch := p.Identity.Architecture; arch != "" && arch != "neutral" && !strings.EqualFold(arch, info.Arch) {
		return fail(0x800f081b, "The specified package is for another architecture.")
	}
	list, _, err := servicing.Recorded(ctx, img)
	if err != nil {
		return err
	}
	if newest := servicing.Newest(list, p.Identity); newest != nil {
		if held, err := msu.ParseIdentity(newest.Identity); err == nil && msu.CompareVersions(held.Version, p.Identity.Version) > 0 {
			return fail(0x800f081e, "The specified package is not applicable to this image.")
		}
	}
	return nil
}

// install records a package as installed, with its manifest, and those of its
// name that are older as superseded.
func (img *serviced) install(p *msu.Package, now time.Time) error {
	identity := p.Identity.String()
	manifest := "Windows/servicing/Packages/" + identity + ".mum"
	if err := img.files.MkdirAll("Windows/servicing/Packages", image.Meta{}); err != nil {
		return err
	}
	if err := img.files.WriteFile(manifest, bytes.NewReader(manifestOf(p)), image.Meta{}); err != nil {
		return err
	}
	if err := img.files.WriteFile(strings.TrimSuffix(manifest, "mum")+"cat", strings.NewReader(identity), image.Meta{}); err != nil {
		return err
	}
	if err := img.supersede(p.Identity); err != nil {
		return err
	}
	key := cbsRecords + `\` + identity
	for name, text := range map[string]string{"InstallClient": "DISM Package Manager Provider", "InstallName": identity + ".mum"} {
		if err := img.registry.SetValue(key, image.Value{Name: name, Type: hive.RegSZ, Data: nt.AppendUTF16(nil, text+"\x00")}); err != nil {
			return err
		}
	}
	if err := img.setNumber(key, "Visibility", 1); err != nil {
		return err
	}
	if err := img.setNumber(key, "SelfUpdate", 0); err != nil {
		return err
	}
	return img.setPackage(identity, servicing.Installed, now)
}

// supersede marks installed packages of the same name.
func (img *serviced) supersede(by msu.Identity) error {
	names, err := img.registry.Subkeys(cbsRecords)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range names {
		if name != by.String() && servicing.SameThing(name, by) {
			if err := img.setNumber(cbsRecords+`\`+name, "CurrentState", uint32(servicing.Superseded)); err != nil {
				return err
			}
		}
	}
	return nil
}

// setPackage records a package's state and the time of it.
func (img *serviced) setPackage(identity string, state servicing.State, now time.Time) error {
	key := cbsRecords + `\` + identity
	at := nt.TimeOf(now)
	for name, n := range map[string]uint32{"CurrentState": uint32(state), "InstallTimeHigh": uint32(at >> 32), "InstallTimeLow": uint32(at)} {
		if err := img.setNumber(key, name, n); err != nil {
			return err
		}
	}
	return nil
}

// manifestOf is a manifest with what was read of the package's own.
func manifestOf(p *msu.Package) []byte {
	id := p.Identity
	language := id.Language
	if language == "" {
		language = "neutral"
	}
	return fmt.Appendf(nil, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"+
		"<assembly xmlns=\"urn:schemas-microsoft-com:asm.v3\" manifestVersion=\"1.0\">\r\n"+
		"  <assemblyIdentity name=%q version=%q processorArchitecture=%q language=%q buildType=\"release\" publicKeyToken=%q />\r\n"+
		"  <package identifier=%q releaseType=%q restart=%q />\r\n</assembly>\r\n",
		id.Name, id.Version, id.Architecture, language, id.PublicKeyToken, p.Identifier, p.ReleaseType, p.Restart)
}

func (r *run) removePackage() error {
	names := r.args.all("PackageName")
	if len(names) == 0 {
		return missingOption("packagename")
	}
	return r.service(func(img *serviced) error {
		list, _, err := servicing.Packages(r.ctx, img)
		if err != nil {
			return err
		}
		for n, name := range names {
			r.out.line("Processing %d of %d - Removing package %s", n+1, len(names), name)
			i := slices.IndexFunc(list, func(p servicing.Package) bool { return strings.EqualFold(p.Identity, name) })
			switch {
			case i < 0:
				return fail(0x800f0805, "The specified package is not valid Windows package.")
			case list[i].Permanent:
				return fail(0x800f0825, "The specified package can not be uninstalled. Possibly it is required by the operating system.")
			}
			if err := img.uninstall(list[i].Identity); err != nil {
				return err
			}
			r.out.bar(100)
		}
		return nil
	})
}

// uninstall removes what install made.
func (img *serviced) uninstall(identity string) error {
	if err := img.registry.DeleteKey(cbsRecords + `\` + identity); err != nil {
		return err
	}
	for _, ext := range []string{".mum", ".cat"} {
		if err := img.files.Remove("Windows/servicing/Packages/" + identity + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
