package dismemu

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/unattend"
)

// answers are what /Apply-Unattend acts on: in the pass offlineServicing the packages
// to be installed or removed, the features of packages, and paths of drivers.
type answers struct {
	Packages []struct {
		Action   string `xml:"action,attr"`
		Identity struct {
			Name    string `xml:"name,attr"`
			Version string `xml:"version,attr"`
			Arch    string `xml:"processorArchitecture,attr"`
			Token   string `xml:"publicKeyToken,attr"`
			Lang    string `xml:"language,attr"`
		} `xml:"assemblyIdentity"`
		Source struct {
			Location string `xml:"location,attr"`
		} `xml:"source"`
	} `xml:"servicing>package"`
	drivers []string
}

// driverComponents are those that name the paths of drivers.
const driverComponents = "Microsoft-Windows-PnpCustomizations"

func (r *run) applyUnattend() error {
	path, err := r.need("Apply-Unattend")
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return known(errNotFound, path)
	}
	file, err := unattend.Parse(data)
	if err != nil {
		return fail(13, "The answer file is invalid. %s: %v", path, err)
	}
	var a answers
	if err := xml.Unmarshal(data, &a); err != nil {
		r.log("Warning", "no packages are read from the answer file: "+err.Error())
	}
	a.drivers = driverPaths(file)
	return r.service(func(img *serviced) error {
		r.out.line("Applying package answers.")
		if err := r.applyPackages(img, a); err != nil {
			return err
		}
		return r.applyDrivers(img, a.drivers)
	})
}

// applyPackages installs and removes packages. Whether they apply is not checked.
func (r *run) applyPackages(img *serviced, a answers) error {
	r.args = append(r.args, argument{name: "IgnoreCheck"})
	for i, p := range a.Packages {
		if i > 0 {
			if err := r.midway(nil); err != nil {
				return err
			}
		}
		switch strings.ToLower(p.Action) {
		case "install", "stage":
			if !exists(p.Source.Location) {
				return cannotOpen(p.Source.Location)
			}
			if err := r.addOne(img, p.Source.Location, i+1, make([]string, len(a.Packages))); err != nil {
				return err
			}
		case "remove":
			lang := p.Identity.Lang
			if lang == "neutral" {
				lang = ""
			}
			identity := strings.Join([]string{p.Identity.Name, p.Identity.Token, p.Identity.Arch, lang, p.Identity.Version}, "~")
			if err := gone(img.uninstall(identity)); err != nil {
				return err
			}
		}
	}
	return nil
}

// driverPaths returns the folders with drivers that an answer file names for the
// image.
func driverPaths(file *unattend.File) []string {
	var paths []string
	for _, c := range file.Components() {
		if c.Pass != "offlineServicing" || !strings.HasPrefix(c.Name, driverComponents) {
			continue
		}
		all := file.All(c).Fields["DriverPaths"].Fields["PathAndCredentials"]
		items := all.Items
		if all.Kind == unattend.Object {
			items = []unattend.Setting{all}
		}
		for _, item := range items {
			if p := strings.TrimSpace(item.Fields["Path"].Text); p != "" {
				paths = append(paths, filepath.FromSlash(p))
			}
		}
	}
	return paths
}

// applyDrivers adds the drivers in folders and those below.
func (r *run) applyDrivers(img *serviced, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	r.args = append(r.args, argument{name: "Recurse"})
	infs, named, err := r.driverFiles(paths)
	var failed *failure
	if errors.As(err, &failed) && failed.code == errNotFound {
		r.log("Warning", failed.Error())
		return nil
	}
	if err != nil {
		return err
	}
	return r.addDrivers(img, infs, named)
}
