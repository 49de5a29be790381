package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/cat/cattest"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/offline"
)

// ownDriver is a driver package that gild makes for the checks, for a device that does not
// exist. Its signature, if it has one, is by an untrusted certificate.
type ownDriver struct {
	name, class, guid, start, group string
	signed                          bool
}

// ownDrivers have a class whose drivers wait for their device, and a boot-critical one, which
// DISM reflects at once.
var ownDrivers = []ownDriver{
	{"gildnet", "Net", "{4d36e972-e325-11ce-bfc1-08002be10318}", "3", "NDIS", true},
	{"gildscsi", "SCSIAdapter", "{4d36e97b-e325-11ce-bfc1-08002be10318}", "0", "SCSI miniport", true},
	{"gildlan", "Net", "{4d36e972-e325-11ce-bfc1-08002be10318}", "3", "NDIS", false},
}

const (
	driverProvider = "gild self-test"
	driverVersion  = "1.2.3.4"
)

// entry is the package as it must be listed.
func (d ownDriver) entry() driverEntry {
	return driverEntry{original: d.name + ".inf", provider: driverProvider, class: d.class, version: driverVersion}
}

// writeDrivers writes each package into its own folder and returns the INF files.
func writeDrivers(dir string, info image.Info) ([]string, error) {
	decoration := "NT" + driverstore.Target(info).Arch.String()
	var infs []string
	for _, d := range ownDrivers {
		folder := filepath.Join(dir, d.name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		catalogue := ""
		if d.signed {
			catalogue = "CatalogFile = " + d.name + ".cat"
		}
		text := strings.NewReplacer("CATALOGUE", catalogue, "NAME", d.name, "CLASS", d.class, "GUID", d.guid, "GROUP", d.group, "START", d.start, "ARCH", decoration, "PROVIDER", driverProvider, "\n", "\r\n").Replace(driverINF)
		files := map[string][]byte{".inf": []byte(text), ".sys": []byte("no program: " + d.name + "\r\n")}
		if d.signed {
			var err error
			if files[".cat"], err = cattest.Signed(driverProvider, files[".inf"], files[".sys"]); err != nil {
				return nil, err
			}
		}
		for extension, data := range files {
			if err := os.WriteFile(filepath.Join(folder, d.name+extension), data, 0o600); err != nil {
				return nil, err
			}
		}
		infs = append(infs, filepath.Join(folder, d.name+".inf"))
	}
	return infs, nil
}

const driverINF = `; A driver package that gild's self-test adds to an image that is thrown away.
[Version]
Signature   = "$WINDOWS NT$"
Class       = CLASS
ClassGuid   = GUID
Provider    = %Vendor%
DriverVer   = 05/06/2024,1.2.3.4
PnpLockdown = 1
CATALOGUE

[Manufacturer]
%Vendor% = Models, ARCH

[Models.ARCH]
%Device% = Install, ROOT\NAME

[Install.NT]
CopyFiles = Files

[Files]
NAME.sys

[Install.NT.Services]
AddService = NAME, 2, Service

[Service]
ServiceType    = 1
StartType      = START
ErrorControl   = 1
ServiceBinary  = %12%\NAME.sys
LoadOrderGroup = "GROUP"

[SourceDisksNames]
1 = %Vendor%

[SourceDisksFiles]
NAME.sys = 1

[DestinationDirs]
Files = 12

[Strings]
Vendor = "PROVIDER"
Device = "NAME"
`

// driversOffline adds the same packages to the same image with the backend offline, and
// lists them with DISM.
func (sv *serviced) driversOffline(ctx context.Context) error {
	infs, err := writeDrivers(filepath.Join(sv.dir, "drivers.offline"), sv.info)
	if err != nil {
		return err
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: sv.file, Index: 1}, image.OpenOptions{Write: true, Store: filepath.Join(sv.dir, "serviced.offline"), Clock: moment, Log: sv.Log})
	if err != nil {
		return err
	}
	sv.open = append(sv.open, s)
	store, err := driverstore.Open(ctx, s)
	if err != nil {
		return err
	}
	var added []ownDriver
	for i, file := range infs {
		pkg, err := loadDriver(file, sv.info)
		if err != nil {
			return err
		}
		if ok, why := store.Suits(pkg); !ok {
			sv.note("%s can't be added offline: %s", ownDrivers[i].name, why)
			continue
		}
		if _, err := store.Import(ctx, pkg); err != nil {
			return fmt.Errorf("%s: %w", ownDrivers[i].name, err)
		}
		added = append(added, ownDrivers[i])
	}
	if len(added) == 0 {
		return skip("no package can be added to this image offline")
	}
	out := filepath.Join(sv.dir, "serviced-offline.wim")
	if err := errors.Join(s.Commit(ctx, "drivers"), sv.export(ctx, s, out)); err != nil {
		return err
	}
	return sv.examined(ctx, out, func(s image.Session) error { return sv.sameAdded(ctx, s, added) })
}

// sameAdded compares DISM's list of the packages with that of the packages that DISM added.
// Differences of the records in the driver database become notes.
func (sv *serviced) sameAdded(ctx context.Context, s image.Session, added []ownDriver) error {
	told, err := listed(ctx, s)
	if err != nil {
		return err
	}
	byDISM, err := offline.Backend{}.Open(ctx, image.Ref{Path: sv.out}, image.OpenOptions{Log: sv.Log})
	if err != nil {
		return err
	}
	defer byDISM.Close()
	var errs differences
	for _, d := range added {
		if !slices.ContainsFunc(told, d.entry().same) {
			errs.add(fmt.Errorf("DISM lists %s, which the backend offline added, differently from its own, or not at all: %v", d.name, told))
			continue
		}
		a, err := records(ctx, byDISM, d.name+".inf")
		if err != nil {
			return err
		}
		o, err := records(ctx, s, d.name+".inf")
		if err != nil {
			return err
		}
		if diff := a.compare(o); diff != nil {
			sv.note("%s is recorded differently from DISM:\n%v", d.name, diff)
		} else {
			sv.note("%s is recorded as DISM does, in %d keys and values", d.name, len(a))
		}
	}
	return errs.err()
}

// records lists the record of a package in the driver database, without the time and place
// of its import.
func records(ctx context.Context, s image.Session, original string) (listing, error) {
	found, err := driverstore.Named(ctx, s, original)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d packages have the name %s", len(found), original)
	}
	r, ok := image.As[image.Registry](s)
	if !ok {
		return nil, errors.New("the session has no registry")
	}
	l := listing{}
	err = l.from(r, `HKLM\`+found[0].Hive+`\DriverDatabase\DriverPackages\`+found[0].Key, found[0].Hive)
	maps.DeleteFunc(l, func(name, _ string) bool {
		return strings.HasSuffix(name, "\x00IMPORTDATE") || strings.HasSuffix(name, "\x00OEMPATH")
	})
	return l, err
}

// from lists a key of an image's registry, under another name.
func (l listing) from(r image.Registry, key, as string) error {
	values, err := r.Values(key)
	if err != nil {
		return err
	}
	for _, v := range values {
		l.value(as, v.Name, uint32(v.Type), v.Data)
	}
	subkeys, err := r.Subkeys(key)
	for _, name := range subkeys {
		l.key(as + `\` + name)
		err = errors.Join(err, l.from(r, key+`\`+name, as+`\`+name))
	}
	return err
}

// loadDriver reads a package of [writeDrivers] for the backend offline.
func loadDriver(file string, info image.Info) (driverstore.Import, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return driverstore.Import{}, err
	}
	parsed, err := inf.Parse(data)
	if err != nil {
		return driverstore.Import{}, err
	}
	pkg := driverstore.Import{Name: filepath.Base(file), INF: data, File: parsed, Package: parsed.Resolve(driverstore.Target(info))}
	for _, extension := range []string{".sys", ".cat"} {
		other := strings.TrimSuffix(file, ".inf") + extension
		if _, err := os.Stat(other); err == nil {
			pkg.Files = append(pkg.Files, driverstore.File{Path: filepath.Base(other), Open: func() (io.ReadCloser, error) { return os.Open(other) }})
		}
	}
	if pkg.Package.Catalog != "" {
		pkg.Signer = driverProvider
	}
	return pkg, nil
}
