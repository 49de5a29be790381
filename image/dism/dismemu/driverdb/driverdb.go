// Package driverdb is what the emulated DISM knows of the records of driver packages
// in an image. It is knowledge of its own: gild's reader of them, image/driverstore, is
// checked against it.
package driverdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/gildhq/gild/image"
)

// Driver is a driver package as the image records it.
type Driver struct {
	Key                         string // name of its folder
	PublishedName, OriginalName string
	Inbox                       bool
	Class, ClassGUID, Provider  string
	Date                        time.Time
	Version                     string
	Folder                      string // in the image, with slashes
}

// Repository is the folder of the driver packages.
const Repository = "Windows/System32/DriverStore/FileRepository"

// List returns the driver packages of both hives that record some.
func List(files image.Files, r image.Registry) ([]Driver, error) {
	var list []Driver
	seen := map[string]bool{}
	for _, hive := range []string{`HKLM\SYSTEM`, `HKLM\DRIVERS`} {
		key := hive + `\DriverDatabase\DriverPackages`
		names, err := r.Subkeys(key)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, name := range names {
			if d, ok := read(r, key+`\`+name, name); ok && !seen[strings.ToLower(name)] {
				seen[strings.ToLower(name)] = true
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// read reads the record of a package; false if it names no published name.
func read(r image.Registry, key, name string) (Driver, bool) {
	d := Driver{Key: name, PublishedName: text(r, key, ""), OriginalName: text(r, key, "InfName"), Provider: text(r, key, "Provider"), Folder: Repository + "/" + name}
	if d.PublishedName == "" {
		return d, false
	}
	d.Inbox = !published(d.PublishedName)
	if d.Inbox {
		d.OriginalName = d.PublishedName
	}
	v, err := r.Value(key, "Version")
	if err != nil || len(v.Data) < 40 {
		return d, true
	}
	d.ClassGUID = guid(v.Data[8:24])
	d.Class = text(r, `HKLM\SYSTEM\CurrentControlSet\Control\Class\`+d.ClassGUID, "Class")
	if ticks := binary.LittleEndian.Uint64(v.Data[24:]); ticks != 0 { // hundreds of nanoseconds since 1601
		d.Date = time.Unix(int64(ticks/1e7)-11644473600, 0).UTC()
	}
	part := func(at int) uint16 { return binary.LittleEndian.Uint16(v.Data[at:]) }
	d.Version = fmt.Sprintf("%d.%d.%d.%d", part(38), part(36), part(34), part(32))
	return d, true
}

// published reports whether a name is one that a package got when it was added.
func published(name string) bool {
	number, ok := strings.CutPrefix(strings.ToLower(name), "oem")
	number, isINF := strings.CutSuffix(number, ".inf")
	return ok && isINF && number != "" && strings.Trim(number, "0123456789") == ""
}

// guid writes a GUID as the registry names keys after it.
func guid(b []byte) string {
	return fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:16])
}

func text(r image.Registry, key, name string) string {
	v, err := r.Value(key, name)
	if err != nil || v.Type != 1 {
		return ""
	}
	var units []uint16
	for at := 0; at+1 < len(v.Data); at += 2 {
		u := binary.LittleEndian.Uint16(v.Data[at:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
