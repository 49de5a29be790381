package dismemu

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/image/international"
)

// layered are the names of layered keyboard drivers, by number.
var layered = []string{
	"Not installed", "PC/AT Enhanced Keyboard (101/102-Key)", "Korean PC/AT 101-Key Compatible Keyboard/MS Natural Keyboard (Type 1)",
	"Korean PC/AT 101-Key Compatible Keyboard/MS Natural Keyboard (Type 2)", "Korean PC/AT 101-Key Compatible Keyboard/MS Natural Keyboard (Type 3)",
	"Korean Keyboard (103/106 Key)", "Japanese Keyboard (106/109 Key)",
}

func getIntl(r *run) error {
	return r.inspect(func(img *serviced) error {
		set, _, err := international.Read(r.ctx, img)
		if err != nil {
			return err
		}
		var user international.User
		if len(set.Users) > 0 {
			user = set.Users[0]
		}
		r.out.line("Reporting offline international settings.")
		r.out.line("")
		r.out.record([]field{
			{"Default system UI language", set.DefaultUILanguage}, {"System locale", set.SystemLocale}, {"Default time zone", set.TimeZone},
			{"User locale for default user", user.Locale}, {"Location", location(user.Location)},
			{"Active keyboard(s)", strings.Join(user.InputLocales, ", ")}, {"Keyboard layered driver", layered[set.Layered%len(layered)]},
		})
		for _, l := range set.UILanguages {
			kind := "Fully localized language."
			if l.Localized != "fully" {
				kind = "Partially localized language, MUI type."
			}
			r.out.line("Installed language(s): %s", l.Tag)
			r.out.line("  Type : %s", kind)
		}
		r.out.line("")
		return nil
	})
}

// location is a location as DISM prints it, with its name if the emulation knows it ("Table
// of Geographical Locations").
func location(id string) string {
	names := map[string]string{
		"45": "China", "84": "France", "94": "Germany", "118": "Italy", "122": "Japan", "176": "Netherlands",
		"217": "Spain", "223": "Switzerland", "235": "Turkey", "242": "United Kingdom", "244": "United States",
	}
	return strings.TrimSpace(names[id] + " (GEOID = " + id + ")")
}

// intlOptions are the options of international settings, which can be combined.
var intlOptions = []string{"Set-UILang", "Set-SysLocale", "Set-UserLocale", "Set-InputLocale", "Set-TimeZone", "Set-LayeredDriver"}

func setIntl(r *run) error {
	return r.service(func(img *serviced) error {
		for _, option := range intlOptions {
			value, ok := r.args.get(option)
			if !ok {
				continue
			}
			if err := setInternational(r, img, option, value); err != nil {
				return err
			}
		}
		return nil
	})
}

func setInternational(r *run, img *serviced, option, value string) error {
	switch option {
	case "Set-TimeZone":
		return setTimeZone(img, value)
	case "Set-LayeredDriver":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 6 {
			return fail(errParameter, "The keyboard layered driver must be a number from 1 to 6.")
		}
		return international.SetLayered(img.registry, n)
	case "Set-InputLocale":
		return eachUser(img, func(root string) error { return international.SetInputLocales(img.registry, root, inputs(value)) })
	}
	locale, ok := international.ByTag(value)
	if !ok {
		return fail(errParameter, "The language %s is not valid.", value)
	}
	switch option {
	case "Set-SysLocale":
		if locale.ANSI == 0 || !locale.Numbered() {
			return fail(errParameter, "The locale %s has no code pages, so it can't be the system locale.", value)
		}
		return international.SetSystemLocale(img.registry, locale)
	case "Set-UserLocale":
		return eachUser(img, func(root string) error { return international.SetUserLocale(img.registry, root, locale) })
	}
	return setUILanguage(r, img, value)
}

// inputs returns the keyboards of /Set-InputLocale: pairs, or the default one of a language.
func inputs(value string) []string {
	var list []string
	for one := range strings.SplitSeq(value, ";") {
		if locale, ok := international.ByTag(one); ok && locale.Input() != "" {
			one = locale.Input()
		}
		list = append(list, one)
	}
	return list
}

func setUILanguage(r *run, img *serviced, tag string) error {
	set, _, err := international.Read(r.ctx, img)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(set.UILanguages, func(l international.UILanguage) bool { return strings.EqualFold(l.Tag, tag) })
	if i < 0 {
		return fail(errParameter, "The language %s is not installed in the image.", tag)
	}
	return international.SetUILanguage(img.registry, set.Users, set.UILanguages[i])
}

func setTimeZone(img *serviced, name string) error {
	zones, err := international.Zones(img)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(zones, func(z international.Zone) bool { return strings.EqualFold(z.Name, name) })
	if i < 0 {
		return fail(errParameter, "The time zone %s is not valid.", name)
	}
	return international.SetTimeZone(img.registry, zones[i])
}

// eachUser calls do with the root of each user hive of the image.
func eachUser(img *serviced, do func(root string) error) error {
	for _, root := range []string{international.NewUsers, international.Logon} {
		if img.registry.Writable(root) != nil {
			continue
		}
		if err := do(root); err != nil {
			return err
		}
	}
	return nil
}
