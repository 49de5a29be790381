package driver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

func check(d *driver, absent bool) error {
	errs := []error{d.checkName(), d.checkProvider(), d.checkVersion()}
	if absent {
		if d.OriginalName == nil {
			errs = append(errs, providers.Problemf("", "Driver to be removed is not named",
				"To remove a driver, set original_name, and provider if others have an INF file with that name; source does not name it, as the files need not exist. `gild inspect -json` lists the drivers of an image."))
		}
		return errors.Join(errs...)
	}
	if d.StoreName != nil {
		errs = append(errs, providers.Problemf("store_name", "Argument only for removal", "The driver store gives a new package its name. Leave out store_name, which is for a package to be removed."))
	}
	no := false
	for _, flag := range []**bool{&d.Recurse, &d.ForceUnsigned, &d.AllowDowngrade} {
		if *flag == nil {
			*flag = &no
		}
	}
	if d.Source == nil || *d.Source == "" {
		errs = append(errs, providers.Problemf("source", "No source", "Name an INF file, or a folder with INF files."))
	}
	for attr, list := range map[string][]string{"exclude": d.Exclude, "classes": d.Classes, "hardware_ids": d.HardwareIDs, "replaces": d.Replaces} {
		slices.Sort(list)
		if slices.Contains(list, "") {
			errs = append(errs, providers.Problemf(attr, "Empty filter", "An empty text matches nothing. Remove it."))
		}
	}
	return errors.Join(errs...)
}

var published = regexp.MustCompile(`(?i)^oem[0-9]+\.inf$`)

func (d *driver) checkName() error {
	const attr, summary = "original_name", "Invalid name of an INF file"
	if d.OriginalName == nil {
		return nil
	}
	switch name := *d.OriginalName; {
	case published.MatchString(name):
		return providers.Problemf(attr, summary, "Windows gave the name %s, and in another image another driver has it. Use the vendor's name of the file: `gild inspect -json` lists it as original_name.", name)
	case len(name) < 5 || !strings.EqualFold(name[len(name)-4:], ".inf"):
		return providers.Problemf(attr, summary, "%q must end in .inf.", name)
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return providers.Problemf(attr, summary, "%q must be one name, without a folder and without wildcards.", name)
	}
	return nil
}

func (d *driver) checkProvider() error {
	if d.Provider != nil && strings.TrimSpace(*d.Provider) == "" {
		return providers.Problemf("provider", "Empty provider", "Leave it out to accept any provider.")
	}
	return nil
}

// checkVersion completes the version to four numbers.
func (d *driver) checkVersion() error {
	if d.Version == nil {
		return nil
	}
	version, ok := parseVersion(*d.Version)
	if !ok {
		return providers.Problemf("version", "Invalid version", "%q is not a version of up to four numbers below 65536, like 10.1.2.3.", *d.Version)
	}
	text := fmt.Sprintf("%d.%d.%d.%d", version[0], version[1], version[2], version[3])
	d.Version = &text
	return nil
}

// parseVersion parses up to four numbers; missing ones are 0.
func parseVersion(s string) (v [4]uint16, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) > len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return v, false
		}
		v[i] = uint16(n)
	}
	return v, true
}

// claims returns the identities of the packages, as the names under which Windows publishes them
// depend on the image. A resource that removes every version, or the packages of every provider,
// decides on all with the INF's name. Several resources may want one package if they want the same
// files.
func claims(d driver, absent bool) []providers.Claim {
	part := func(name string, parts ...string) providers.Claim {
		claim := providers.ClaimThing("driver", nt.Fold(name))
		for _, p := range parts {
			claim = providers.ClaimPart(claim, p)
		}
		return claim
	}
	if absent {
		switch {
		case d.OriginalName == nil:
			return []providers.Claim{providers.ClaimThing("driver", "")}
		case d.Provider == nil && d.StoreName == nil:
			return []providers.Claim{part(*d.OriginalName)}
		case d.Provider == nil || d.Version == nil && d.StoreName != nil:
			return []providers.Claim{part(*d.OriginalName, "", "", *d.StoreName)}
		case d.Version == nil:
			return []providers.Claim{part(*d.OriginalName, *d.Provider)}
		case d.StoreName == nil:
			return []providers.Claim{part(*d.OriginalName, *d.Provider, *d.Version)}
		}
		return []providers.Claim{part(*d.OriginalName, *d.Provider, *d.Version, *d.StoreName)}
	}
	list := []providers.Claim{providers.ClaimAlike(providers.ClaimThing("drivers of", *d.Source), "added")} // more is known after Resolve
	for _, key := range sorted(d.Packages) {
		p := d.Packages[key]
		for _, arch := range p.Archs {
			claim := providers.ClaimAlike(part(p.OriginalName, p.Provider, p.Version, d.Content[key].Store[arch]), p.Digest)
			if !slices.Contains(list, claim) {
				list = append(list, claim)
			}
		}
	}
	return list
}
