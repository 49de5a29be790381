package dismemu_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
)

// The states that captured outputs show.

const (
	cbsKey    = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	windowsNT = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	control   = `HKLM\SYSTEM\CurrentControlSet\Control`
)

func setText(r image.Registry, key, name, text string) error {
	return r.SetValue(key, image.Value{Name: name, Type: hive.RegSZ, Data: hive.EncodeString(text)})
}

func setNumber(r image.Registry, key, name string, n uint32) error {
	return r.SetValue(key, image.Value{Name: name, Type: hive.RegDword, Data: hive.EncodeUint32(n)})
}

func inRepository(b *bench, _ *transcript.Transcript) {
	b.folder()
	b.cabinet(filepath.Join(b.tmp(), "test.cab"), pkg{identity: "Test-Package" + token + "~10.0.26100.1", release: "OnDemand Pack"})
}

func packageFiles(b *bench, t *transcript.Transcript) {
	b.folder()
	for i, it := range t.Items {
		switch name := fmt.Sprintf("%d", i); {
		case !strings.HasSuffix(it.Name, ".msu"):
			b.cabinet(filepath.Join(b.tmp(), name+".cab"), pkg{identity: it.Name, release: "Update"})
		case i < len(t.Items)-1:
			b.msu(filepath.Join(b.tmp(), name+".msu"), pkg{identity: "Package_for_KB" + name + token + "~6.3.1.0", release: "Update"})
		default: // older than what the image has
			b.msu(filepath.Join(b.tmp(), name+".msu"), pkg{identity: "Package_for_RollupFix" + token + "~26100.1000.1.1", release: "Update"})
		}
	}
}

func oneUpdate(b *bench, _ *transcript.Transcript) {
	b.folder()
	b.msu(filepath.Join(b.tmp(), "Windows8.1-KB3172614-x64.msu"), pkg{identity: "Package_for_KB3172614" + token + "~6.3.1.0", release: "Update"})
}

func beyondRepair(b *bench, _ *transcript.Transcript) {
	b.edit(func(_ image.Files, r image.Registry) error { return r.CreateKey(cbsKey + `\Unserviceable`) })
}

func damagedAndScanned(b *bench, _ *transcript.Transcript) {
	b.damage()
	b.dism(0, "/Image:"+b.dir, "/Cleanup-Image", "/ScanHealth")
}

// damage removes a manifest and returns its name.
func (b *bench) damage() string {
	b.Helper()
	found, err := filepath.Glob(filepath.Join(b.dir, "Windows", "servicing", "Packages", "OpenSSH-Client*.mum"))
	if err != nil || len(found) == 0 {
		b.Fatal("the sample has no such manifest", err)
	}
	if err := os.Remove(found[0]); err != nil {
		b.Fatal(err)
	}
	return found[0]
}

func pending(b *bench, _ *transcript.Transcript) {
	b.edit(func(_ image.Files, r image.Registry) error { return r.CreateKey(cbsKey + `\PackagesPending\x`) })
}

func capabilityNames(b *bench, t *transcript.Transcript) {
	b.edit(func(_ image.Files, r image.Registry) error {
		err := r.DeleteKey(cbsKey + `\CapabilityIndex`)
		for _, c := range t.Records {
			name := c.Get("Capability Identity")
			err = errors.Join(err, setText(r, cbsKey+`\CapabilityIndex\`+name, strings.ReplaceAll(name, "~", "-")+"-Package"+token+"~10.0.17704.1000", ""))
		}
		return err
	})
}

func edition(b *bench, t *transcript.Transcript) { b.setEdition(t.Get("Current Edition")) }

func (b *bench) setEdition(id string) {
	b.edit(func(_ image.Files, r image.Registry) error { return setText(r, windowsNT, "EditionID", id) })
}

// featureRecords makes the package that features are in, with those of the output.
func featureRecords(b *bench, t *transcript.Transcript) {
	identity := "Microsoft-Windows-Foundation-Package" + token + "~10.0.17134.1"
	states := map[string]uint32{"Enabled": 0x70, "Disabled": 0x40, "Disabled with Payload Removed": 0x20}
	b.edit(func(files image.Files, r image.Registry) error {
		packages := cbsKey + `\Packages`
		names, err := r.Subkeys(packages)
		for _, name := range names {
			if strings.HasPrefix(name, "Microsoft-Windows-Foundation-Package") {
				err = errors.Join(err, r.DeleteKey(packages+`\`+name))
			}
		}
		err = errors.Join(err, absent(r.DeleteKey(cbsKey+`\Notifications\OptionalFeatures`)), r.CreateKey(cbsKey+`\Notifications\OptionalFeatures`),
			setNumber(r, packages+`\`+identity, "CurrentState", 0x70))
		inside := ""
		for _, f := range t.With("Feature Name") {
			name := f.Get("Feature Name")
			inside += fmt.Sprintf(`<update name="%s" displayName="%s" description="%s" restart="%s" />`, name, f.Get("Display Name"), f.Get("Description"), strings.ToLower(f.Get("Restart Required")))
			err = errors.Join(err, setNumber(r, packages+`\`+identity+`\Updates`, name, states[f.Get("State")]))
		}
		manifest := pkg{identity: identity, release: "Foundation", inside: inside}.manifest()
		return errors.Join(err, files.WriteFile("Windows/servicing/Packages/"+identity+".mum", strings.NewReader(manifest), image.Meta{}))
	})
}

func apps(b *bench, t *transcript.Transcript) {
	const applications = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Applications`
	b.edit(func(_ image.Files, r image.Registry) error {
		err := r.DeleteKey(applications)
		for _, a := range t.Records {
			err = errors.Join(err, setText(r, applications+`\`+a.Get("PackageName"), "Regions", a.Get("Regions")))
		}
		return err
	})
}

func settings(b *bench, t *transcript.Transcript) {
	languages := map[string]map[string]uint32{
		"tr-TR": {"tr-TR": 0x91, "en-US": 0x92}, "fr-FR": {"fr-FR": 0x91, "de-DE": 0x91, "en-US": 0x91},
	}[t.Get("System locale")]
	locale, _ := international.ByTag(t.Get("System locale"))
	b.edit(func(_ image.Files, r image.Registry) error {
		err := r.DeleteKey(control + `\MUI\UILanguages`)
		for tag, kind := range languages {
			l, _ := international.ByTag(tag)
			key := control + `\MUI\UILanguages\` + tag
			err = errors.Join(err, setNumber(r, key, "LCID", l.LCID), setNumber(r, key, "Type", kind))
		}
		geo, _, _ := strings.Cut(t.Get("Location"), " ")
		nation := map[string]string{"France": "84", "Turkey": "235"}[geo]
		return errors.Join(err, international.SetSystemLocale(r, locale), international.SetUserLocale(r, international.NewUsers, locale), international.SetLayered(r, 1),
			setText(r, control+`\Nls\Language`, "InstallLanguage", fmt.Sprintf("%04x", locale.LCID)),
			international.SetInputLocales(r, international.NewUsers, strings.Split(t.Get("Active keyboard(s)"), ", ")),
			setText(r, control+`\TimeZoneInformation`, "TimeZoneKeyName", t.Get("Default time zone")),
			setText(r, international.NewUsers+`\Control Panel\International\Geo`, "Nation", nation))
	})
}

// images makes a file with the images of the output.
func images(b *bench, t *transcript.Transcript) {
	b.folder()
	name := filepath.Join(b.tmp(), "a.wim")
	var infos []wim.ImageInfo
	records := t.With("Index")
	first, _ := strconv.Atoi(records[0].Get("Index"))
	for len(infos) < first-1 {
		infos = append(infos, wim.ImageInfo{Name: fmt.Sprint("other ", len(infos))})
	}
	for _, r := range records {
		infos = append(infos, infoOf(r))
	}
	builder, err := wim.NewBuilder(wim.Options{})
	for _, info := range infos {
		err = errors.Join(err, builder.AddImage(&wim.Node{Attributes: wim.AttrDirectory}, info))
	}
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(name)
	if err == nil {
		err = errors.Join(builder.Write(b.Context(), f), f.Close())
	}
	var changes []wim.Change
	for i, info := range infos {
		info.Index = i + 1
		changes = append(changes, wim.Change{Index: i + 1, Info: info})
	}
	if err = errors.Join(err, wim.Update(b.Context(), name, wim.UpdateOptions{}, changes...)); err != nil {
		b.Fatal(err)
	}
}

func infoOf(r transcript.Record) wim.ImageInfo {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(strings.NewReplacer(",", "", " bytes", "").Replace(r.Get(name)), 10, 64)
		return n
	}
	info := wim.ImageInfo{Name: r.Get("Name"), Description: r.Get("Description"), TotalBytes: number("Size")}
	if !r.Has("Architecture") {
		return info
	}
	info.DirCount, info.FileCount = number("Directories"), number("Files")
	info.Created, info.Modified = moment(r.Get("Created")), moment(r.Get("Modified"))
	w := &wim.WindowsInfo{Arch: 9, EditionID: r.Get("Edition"), InstallationType: r.Get("Installation"), ProductType: r.Get("ProductType"),
		ProductSuite: r.Get("ProductSuite"), SystemRoot: r.Get("System Root")}
	_, _ = fmt.Sscanf(r.Get("Version"), "%d.%d.%d", &w.Version.Major, &w.Version.Minor, &w.Version.Build)
	w.Version.SPBuild, w.Version.SPLevel = int(number("ServicePack Build")), int(number("ServicePack Level"))
	i := slices.IndexFunc(r, func(f transcript.Field) bool { return f.Name == "Languages" })
	for _, l := range r[i].More {
		tag, standard := strings.CutSuffix(strings.TrimSpace(l), " (Default)")
		w.Languages = append(w.Languages, tag)
		if standard {
			w.DefaultLanguage = tag
		}
	}
	info.Windows = w
	return info
}

func moment(s string) time.Time {
	for _, layout := range []string{"1/2/2006 - 3:04:05 PM", "02/01/2006 - 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
