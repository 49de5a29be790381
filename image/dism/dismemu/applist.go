package dismemu

import (
	"encoding/binary"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/gildhq/gild/image"
)

// Windows reads the list of provisioned packages in ProgramData, or its original list if
// there is none. It writes only the one in ProgramData.
const (
	appList         = "ProgramData/Microsoft/Windows/AppxProvisioning.xml"
	originalAppList = "Windows/System32/AppxProvisioning.xml"
	emptyAppList    = `<?xml version="1.0" encoding="utf-8"?><AppxProvisionList xmlns="http://schemas.microsoft.com/appx/2013/appxprovisionpackage"></AppxProvisionList>`
)

var (
	listedApp = regexp.MustCompile(`[ \t]*<Package\s[^>]*FullName\s*=\s*["']([^"']*)["'][^>]*?(/>|>\s*</Package\s*>)`)
	endOfList = regexp.MustCompile(`</Provisioned\s*>|<Provisioned\s*/>|</AppxProvisionList\s*>`)
)

// rewriteList changes the list and keeps its encoding.
func (a apps) rewriteList(change func(text string) string) error {
	data, err := a.img.readFile(appList)
	if err == nil && len(data) == 0 {
		data, err = a.img.readFile(originalAppList)
	}
	if err != nil {
		return err
	}
	if len(data) == 0 {
		data = []byte(emptyAppList)
	}
	text, wide := string(data), len(data) > 1 && data[0] == 0xff && data[1] == 0xfe
	if wide {
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		text = string(utf16.Decode(units))
	}
	if data = []byte(change(text)); wide {
		units := utf16.Encode([]rune(string(data)))
		data = nil
		for _, u := range units {
			data = binary.LittleEndian.AppendUint16(data, u)
		}
	}
	return errors.Join(a.img.files.MkdirAll(path.Dir(appList), image.Meta{}), a.img.write(appList, data))
}

// unlist removes the packages of families from the list.
func (a apps) unlist(families []string) error {
	return a.rewriteList(func(text string) string {
		return listedApp.ReplaceAllStringFunc(text, func(entry string) string {
			i, ok := parseApp(listedApp.FindStringSubmatch(entry)[1])
			if ok && slices.ContainsFunc(families, func(f string) bool { return strings.EqualFold(f, i.family()) }) {
				return ""
			}
			return entry
		})
	})
}

// enlist adds a package to the list, in place of others of its family.
func (a apps) enlist(app appIdentity, kind string) error {
	if err := a.unlist([]string{app.family()}); err != nil {
		return err
	}
	entry := `<Package FullName="` + app.full + `"/>`
	if app.resource == "~" {
		kind = "bundle"
	}
	if kind != "" {
		entry = `<Package FullName="` + app.full + `" PackageType="` + kind + `"/>`
	}
	return a.rewriteList(func(text string) string {
		at := endOfList.FindStringIndex(text)
		switch {
		case at == nil:
			return text
		case strings.HasPrefix(text[at[0]:], "</Provisioned"):
			return text[:at[0]] + entry + text[at[0]:]
		case strings.HasPrefix(text[at[0]:], "<Provisioned"):
			return text[:at[0]] + "<Provisioned>" + entry + "</Provisioned>" + text[at[1]:]
		}
		return text[:at[0]] + "<Provisioned>" + entry + "</Provisioned>" + text[at[0]:]
	})
}

var mainPackage = regexp.MustCompile(`<[a-z0-9]+:MainPackageDependency\s[^>]*Name\s*=\s*"([^"]*)"`)

// optionalFamilies returns the families of the optional packages of an app.
func (a apps) optionalFamilies(app appIdentity) ([]string, error) {
	found, err := a.img.files.ReadDir(windowsApps)
	if gone(err) != nil {
		return nil, err
	}
	var list []string
	for _, e := range found {
		i, ok := parseApp(e.Name())
		data, err := a.img.readFile(windowsApps + "/" + e.Name() + "/AppxManifest.xml")
		if err != nil {
			return nil, err
		}
		for _, m := range mainPackage.FindAllSubmatch(data, -1) {
			if ok && i.publisher == app.publisher && strings.EqualFold(string(m[1]), app.name) {
				list = append(list, i.family())
			}
		}
	}
	return list, nil
}
