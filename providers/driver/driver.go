// Package driver is the kind "driver": driver packages in the driver store.
//
// Begin with resolve, which reads the packages of a source (load, scan, sign), and with divide,
// which makes each package a step and decides whether it can be added now. How packages are put
// into the driver store is in image/driverstore; INF files and catalogues are in formats.
package driver

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "Driver packages: an INF file with the files that belong to it, or all packages in a folder.\n\n" +
	"Every package in `source` for the image's architecture is put into the image's driver store, where\n" +
	"Windows finds it when it meets the hardware. Packages for only other architectures are left out.\n" +
	"`packages` shows in the plan what was found, and who has signed it: the catalogue lists each file of\n" +
	"the package as it is, and is signed by the holder of the certificate in it. Whether Windows trusts\n" +
	"that certificate, only Windows can tell.\n\n" +
	"Two packages are the same if their INF files are equal, byte for byte; all others exist side by\n" +
	"side, also under one name and version. A package replaces another one of its name, provider and\n" +
	"class that is not newer if it drives every device of that one; or, whatever it drives, if `replaces`\n" +
	"names it. The plan shows the replaced package as a resource to be removed, with the devices it\n" +
	"drives; nothing else is removed. An unsigned package never replaces a signed one. It is an error if\n" +
	"the image has a newer version that shares a device. Of several wanted versions Windows uses the one\n" +
	"with the later date, and then the higher version; the plan warns.\n\n" +
	"Each package has its own step. A package of several resources is added once. With `on_error =\n" +
	"\"skip\"` only a package that can't be added is left out, and the others are added.\n\n" +
	"A package that gild can't import exactly as Windows does is queued for the first boot, when Windows\n" +
	"itself adds it with pnputil; the plan says which packages and why.\n\n" +
	"With the backend `dism`, DISM adds and removes all of them now.\n\n" +
	"With `ensure = \"absent\"` all packages of that `original_name`, `provider` and `version` are removed,\n" +
	"with everything that Windows keeps of them. Those that came with Windows can't be removed."

// driver is the resource; in a listing, one package of the image.
type driver struct {
	Source         *string                      `cty:"source"`
	OriginalName   *string                      `cty:"original_name"`
	Provider       *string                      `cty:"provider"`
	Version        *string                      `cty:"version"`
	Recurse        *bool                        `cty:"recurse"`
	Exclude        []string                     `cty:"exclude"`
	Classes        []string                     `cty:"classes"`
	HardwareIDs    []string                     `cty:"hardware_ids"`
	Arch           *string                      `cty:"arch"`
	ForceUnsigned  *bool                        `cty:"force_unsigned"`
	AllowDowngrade *bool                        `cty:"allow_downgrade"`
	Replaces       []string                     `cty:"replaces"`
	Devices        []string                     `cty:"devices"`
	Packages       map[string]pack              `cty:"packages"`
	Applies        map[string]providers.Applies `cty:"applies"`
	Content        map[string]content           `cty:"content"`

	PublishedName *string `cty:"published_name"`
	Class         *string `cty:"class"`
	ClassGUID     *string `cty:"class_guid"`
	Date          *string `cty:"date"`
	BootCritical  *bool   `cty:"boot_critical"`
	Signer        *string `cty:"signer"`
	Inbox         *bool   `cty:"inbox"`
	StoreName     *string `cty:"store_name"`
	StoreFolder   *string `cty:"store_folder"`
}

// pack is what the plan shows of a package.
type pack struct {
	OriginalName string   `cty:"original_name"`
	Provider     string   `cty:"provider"`
	Class        string   `cty:"class"`
	Version      string   `cty:"version"`
	Date         string   `cty:"date"`
	Archs        []string `cty:"archs"`
	Signer       *string  `cty:"signer"`
	Digest       string   `cty:"digest"`
}

// content is what else gild must know of a package to find it in an image, and to decide whether it
// can be added.
type content struct {
	Targets  []string                     `cty:"targets"`  // decorations of the sections that install something
	Devices  []string                     `cty:"devices"`  // hardware identifiers
	Files    map[string]string            `cty:"files"`    // SHA-1 by the name below the INF's folder; the INF has its own name
	Missing  map[string][]string          `cty:"missing"`  // files that the folder lacks, by architecture
	Unsigned map[string]string            `cty:"unsigned"` // why the package does not count as signed, by architecture
	Store    map[string]string            `cty:"store"`    // name of its folder in the driver store, by architecture
	Takes    map[string]map[string]string `cty:"takes"`    // what it sets up outside the driver store, by architecture
}

// How an image holds a package.
const (
	inStore providers.Applies = "now, offline"
	other   providers.Applies = "with other files"
)

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[driver]{
		Kind: "driver", Doc: doc, Phase: providers.PhaseDriver,
		Schema: schema(), Check: check, Claims: claims, Facts: facts, Resolve: resolve, Details: details, Read: read, List: list, Compare: versions,
		Ways: []providers.TypedWay[driver]{byDISM(), {
			Name: providers.Offline, Effect: providers.Now(providers.Offline), Divide: divide,
			Needs: []image.Capability{image.CanFiles, image.CanRegistry, image.CanFirstBoot},
			Check: passable, QueuedAt: queuedAt, Batch: true, Apply: apply,
		}},
	}.Provider()
}

// facts include, for other drivers, what the packages set up outside the store.
func facts(d driver) []providers.Fact { return []providers.Fact{providers.Drivers{}, d} }

func schema() dsl.Schema {
	return append(dsl.Schema{
		{Name: "source", Type: cty.String, Key: true, Payload: dsl.PayloadFile,
			Doc: "An INF file, or a folder with INF files, relative to the folder of the configuration. The INF says where the files of a package are. Symbolic links to folders are not followed."},
		{Name: "original_name", Type: cty.String, Key: true, Fold: true, Column: 2,
			Doc: "Original name of the INF file, before it was published as `oem7.inf`: only packages with this name are added, or removed. Required with `ensure = \"absent\"`."},
		{Name: "provider", Type: cty.String, Key: true, Fold: true, Column: 5,
			Doc: "Provider in the INF: only packages of this provider are added, or removed. If left out, those of any provider."},
		{Name: "version", Type: cty.String, Key: true, Column: 7,
			Doc: "Version of the driver, up to four numbers: only packages of this version are added, or removed. If left out, those of any version."},
		{Name: "recurse", Type: cty.Bool, Hint: true, Default: cty.False,
			Doc: "`true`: packages in folders below `source` are added, too."},
		{Name: "exclude", Type: cty.Set(cty.String), Hint: true,
			Doc: "INF files to exclude, by their names below `source`: `*` stands for any characters, `?` for one."},
		{Name: "classes", Type: cty.Set(cty.String), Hint: true,
			Doc: "Only packages of these device classes are added, such as `Net` or `SCSIAdapter`, or a GUID in braces."},
		{Name: "hardware_ids", Type: cty.Set(cty.String), Hint: true,
			Doc: "Only packages that drive one of these devices are added: hardware or compatible IDs, with `*` and `?` as in `PCI\\VEN_8086&DEV_15F?*`. In a listing, the IDs a package drives."},
		{Name: "arch", Type: cty.String, Hint: true, Values: []string{"x86", "amd64", "arm", "arm64"},
			Doc: "Architecture of the packages; it has to be the image's, which is the default."},
		{Name: "force_unsigned", Type: cty.Bool, Hint: true, Default: cty.False,
			Doc: "`true`: add packages that are not signed, like DISM's `/ForceUnsigned`. Windows on amd64 and arm64 still does not load unsigned kernel drivers, unless it is in test mode."},
		{Name: "allow_downgrade", Type: cty.Bool, Hint: true, Default: cty.False,
			Doc: "`true`: remove a newer version of the same driver that is in the image and shares a device with it, since Windows would keep using that one."},
		{Name: "replaces", Type: cty.Set(cty.String), Hint: true,
			Doc: "Original names of INF files: packages in the image with these names are removed when the new ones are added, whatever they drive."},
		{Name: "store_name", Type: cty.String, Key: true, Fold: true,
			Doc: "Name of a package's folder in the driver store, which identifies the package. With `ensure = \"absent\"`, only this package is removed, of several with one name, provider and version."},
		{Name: "packages", Type: cty.Map(cty.Object(packType())), Computed: true, Parts: true,
			Doc: "The packages found, by the name of the INF file below `source`: original name, provider, class, version and date; the architectures they are for; who signed them, null if not signed; and a digest of all their files."},
		{Name: "applies", Type: cty.Map(cty.String), Computed: true, Applies: true,
			Doc: "How an image holds each of the packages: `now, offline` in the driver store, or `at first boot` in the queue of the first boot."},
		{Name: "content", Type: cty.Map(cty.Object(contentType())), Computed: true, Hint: true, Parts: true,
			Doc: "What gild compares of the packages: which versions of Windows and devices they are for, digests of their files, what is wrong with them."},
	}, listed()...)
}

// listed are the attributes that only a listing has.
func listed() dsl.Schema {
	return dsl.Schema{
		{Name: "devices", Type: cty.List(cty.String), Computed: true, Doc: "Of packages to be removed: hardware and compatible IDs of the devices that they drive."},
		{Name: "published_name", Type: cty.String, Computed: true, Column: 1,
			Doc: "In a listing: name of the INF file in `Windows\\INF`, `oem7.inf` or that of an inbox driver."},
		{Name: "class", Type: cty.String, Computed: true, Column: 4, Doc: "In a listing: name of the device class."},
		{Name: "class_guid", Type: cty.String, Computed: true, Doc: "In a listing: GUID of the device class."},
		{Name: "date", Type: cty.String, Computed: true, Column: 6, Doc: "In a listing: date of the driver."},
		{Name: "boot_critical", Type: cty.Bool, Computed: true, Doc: "In a listing: whether Windows may need it to start; null if the record does not say."},
		{Name: "signer", Type: cty.String, Computed: true, Doc: "In a listing: who signed it, according to Windows' record."},
		{Name: "inbox", Type: cty.Bool, Computed: true, Column: 3, Doc: "In a listing: whether it came with Windows."},
		{Name: "store_folder", Type: cty.String, Computed: true, Doc: "In a listing: its folder in the image; null if it is missing."},
	}
}

func packType() map[string]cty.Type {
	return map[string]cty.Type{
		"original_name": cty.String, "provider": cty.String, "class": cty.String, "version": cty.String, "date": cty.String,
		"archs": cty.List(cty.String), "signer": cty.String, "digest": cty.String,
	}
}

func contentType() map[string]cty.Type {
	return map[string]cty.Type{
		"targets": cty.List(cty.String), "devices": cty.List(cty.String), "files": cty.Map(cty.String),
		"missing": cty.Map(cty.List(cty.String)), "unsigned": cty.Map(cty.String), "store": cty.Map(cty.String), "takes": cty.Map(cty.Map(cty.String)),
	}
}
