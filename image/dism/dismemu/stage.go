package dismemu

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
)

const (
	driverDatabase = `HKLM\DRIVERS\DriverDatabase`
	systemDatabase = `HKLM\SYSTEM\DriverDatabase`
)

// stage adds a driver package that package driverstore refuses, because it does not know the
// complete record that Windows makes. stage records what DISM lists, and does not reflect
// boot-critical packages.
func (d drivers) stage(store *driverstore.Store, pkg driverstore.Import) error {
	key := fmt.Sprintf("%s_%s_%016x", pkg.Name, pkg.Package.Target.Arch, bits.ReverseBytes64(digits(pkg.INF)))
	list := store.Packages()
	n, err := d.freeNumber(list)
	if err != nil {
		return err
	}
	published := "oem" + strconv.Itoa(n) + ".inf"
	if err := d.stageFiles(pkg, driverstore.Repository+"/"+key, published); err != nil {
		return err
	}
	return d.record(pkg, key, published)
}

// digits is the hash in the name of a package folder: the bytes of the INF file as digits to
// the base 39.
func digits(inf []byte) uint64 {
	n := uint64(0)
	for i := range inf {
		n *= 39
		n += uint64(inf[i])
	}
	return n
}

// hasINF reports whether the store has a package with this INF file: the same name and bytes.
// It looks at the files, not at the records.
func (d drivers) hasINF(pkg *driverstore.Import) (bool, error) {
	folders, err := d.img.files.ReadDir(driverstore.Repository)
	if gone(err) != nil || err != nil {
		return false, gone(err)
	}
	begin := strings.ToLower(pkg.Name + "_" + pkg.Package.Target.Arch.String() + "_")
	for _, f := range folders {
		if !strings.HasPrefix(strings.ToLower(f.Name()), begin) {
			continue
		}
		data, err := d.img.readFile(driverstore.Repository + "/" + f.Name() + "/" + pkg.Name)
		if gone(err) != nil {
			return false, err
		}
		if err == nil && bytes.Equal(data, pkg.INF) {
			return true, nil
		}
	}
	return false, nil
}

// freeNumber returns the lowest free number for a published name.
func (d drivers) freeNumber(list []driverstore.Package) (int, error) {
	used := map[string]bool{}
	for _, p := range list {
		used[strings.ToLower(p.PublishedName)] = true
	}
	found, err := d.img.files.ReadDir("Windows/INF")
	if gone(err) != nil {
		return 0, err
	}
	for _, e := range found {
		used[strings.ToLower(e.Name())] = true
	}
	for n := 0; ; n++ {
		if !used["oem"+strconv.Itoa(n)+".inf"] {
			return n, nil
		}
	}
}

func (d drivers) stageFiles(pkg driverstore.Import, folder, published string) error {
	if err := errors.Join(d.img.files.MkdirAll(folder, image.Meta{}), d.img.files.MkdirAll("Windows/INF", image.Meta{})); err != nil {
		return err
	}
	for _, name := range []string{folder + "/" + pkg.Name, "Windows/INF/" + published} {
		if err := d.img.files.WriteFile(name, bytes.NewReader(pkg.INF), image.Meta{}); err != nil {
			return err
		}
	}
	for _, f := range pkg.Files {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		name := folder + "/" + f.Path
		if err := d.img.files.MkdirAll(path.Dir(name), image.Meta{}); err != nil {
			return err
		}
		content, err := f.Open()
		if err != nil {
			return err
		}
		err = d.img.files.WriteFile(name, content, image.Meta{})
		if err = errors.Join(err, content.Close()); err != nil {
			return err
		}
	}
	return nil
}

// record records a package in the driver database.
func (d drivers) record(pkg driverstore.Import, key, published string) error {
	database := driverDatabase
	if d.img.registry.Writable(database) != nil {
		database = systemDatabase
	}
	keys, err := hive.EncodeMultiString([]string{key})
	if err != nil {
		return err
	}
	infKey, entry := database+`\DriverInfFiles\`+published, database+`\DriverPackages\`+key
	err = errors.Join(
		d.img.registry.SetValue(infKey, image.Value{Type: hive.RegMultiSZ, Data: keys}),
		d.img.setText(infKey, "Active", key),
		d.img.setText(entry, "", published),
		d.img.setText(entry, "InfName", pkg.Name),
		d.img.setText(entry, "Provider", pkg.File.Version.Provider),
		d.img.setText(entry, "Catalog", pkg.Package.Catalog),
		d.img.setNumber(entry, "SignerScore", 0x80000000), // not signed
		d.img.setNumber(entry, "StatusFlags", 0x12),
		d.img.setBinary(entry, "ImportDate", hive.EncodeUint64(uint64(nt.TimeOf(d.now())))),
		d.img.setBinary(entry, "Version", driverVersion(pkg)),
		d.img.registry.SetValue(database+`\DeviceIds\`+strings.ToLower(pkg.File.Version.ClassGUID), image.Value{Name: published, Type: hive.RegNone}))
	if err != nil {
		return err
	}
	for i := range pkg.Package.Models {
		for _, id := range pkg.Package.Models[i].IDs() {
			if err := d.img.setBinary(database+`\DeviceIds\`+id, published, []byte{1, 0xff, 0, 0}); err != nil {
				return err
			}
		}
	}
	return nil
}

// driverVersion is the value Version of a package: architecture, class, date, and version
// with the least significant part first.
func driverVersion(pkg driverstore.Import) []byte {
	out := []byte{0x00, 0xff, machine(pkg.Package.Target.Arch), 0, 0, 0, 0, 0}
	out = append(out, guid(pkg.File.Version.ClassGUID)...)
	date := uint64(0)
	if ver := pkg.File.Version.DriverVer; !ver.Date.IsZero() {
		date = uint64(nt.TimeOf(ver.Date))
	}
	out = binary.LittleEndian.AppendUint64(out, date)
	number := pkg.File.Version.DriverVer.Version
	for i := range number {
		out = binary.LittleEndian.AppendUint16(out, number[len(number)-1-i])
	}
	return append(out, make([]byte, 8)...)
}

// machine is the number of an architecture in winnt.h, PROCESSOR_ARCHITECTURE_.
func machine(a inf.Arch) byte {
	return map[string]byte{"x86": 0, "arm": 5, "amd64": 9, "arm64": 12}[a.String()]
}

// guid returns the binary form of a GUID in braces; zeros for any other text.
func guid(s string) []byte {
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(s, "{}"), "-", ""))
	if err != nil || len(raw) != 16 {
		return make([]byte, 16)
	}
	slices.Reverse(raw[:4])
	slices.Reverse(raw[4:6])
	slices.Reverse(raw[6:8])
	return raw
}
