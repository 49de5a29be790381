package dismemu

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
)

const (
	nlsLanguage     = `HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language`
	installFallback = "InstallLanguageFallback"
)

// location is a place as it is told: by name, where that is one of a few, and number
// ("Table of Geographical Locations").
func location(id string) string {
	names := map[string]string{
		"45": "China", "84": "France", "94": "Germany", "118": "Italy", "122": "Japan", "176": "Netherlands",
		"217": "Spain", "223": "Switzerland", "235": "Turkey", "242": "United Kingdom", "244": "United States",
	}
	return strings.TrimSpace(names[id] + " (GEOID = " + id + ")")
}

// fallback is the language of what the default one does not have.
func (img *serviced) fallback() string {
	v, err := img.registry.Value(nlsLanguage, installFallback)
	if err != nil || v.Type != hive.RegMultiSZ {
		return ""
	}
	return strings.Join(hive.DecodeMultiString(v.Data), ", ")
}

func (img *serviced) setFallback(tag string) error {
	if _, err := img.registry.Values(uiLanguages + `\` + tag); err != nil {
		return fail(errParameter, "The language %s is not installed in the image.", tag)
	}
	data, err := hive.EncodeMultiString([]string{tag})
	if err != nil {
		return err
	}
	return img.registry.SetValue(nlsLanguage, image.Value{Name: installFallback, Type: hive.RegMultiSZ, Data: data})
}

// setDefaults sets all that /Set-SKUIntlDefaults does: a locale that can't be the
// system's leaves that as it is, and the time zone follows the language where it is
// one of a few.
func (r *run) setDefaults(img *serviced) error {
	tag, _ := r.args.get("Set-SKUIntlDefaults")
	options := []string{"Set-UILang", "Set-UserLocale", "Set-InputLocale"}
	if locale, ok := international.ByTag(tag); ok && locale.ANSI != 0 {
		options = append(options, "Set-SysLocale")
	}
	for _, option := range options {
		if err := r.setInternational(img, option, tag); err != nil {
			return err
		}
	}
	zone := map[string]string{
		"en-us": "Pacific Standard Time", "en-gb": "GMT Standard Time", "de-de": "W. Europe Standard Time", "it-it": "W. Europe Standard Time",
		"nl-nl": "W. Europe Standard Time", "fr-fr": "Romance Standard Time", "es-es": "Romance Standard Time",
		"tr-tr": "Turkey Standard Time", "ja-jp": "Tokyo Standard Time", "zh-cn": "China Standard Time",
	}[strings.ToLower(tag)]
	zones, err := international.Zones(img)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(zones, func(z international.Zone) bool { return z.Name == zone }) {
		return img.setTimeZone(zone)
	}
	return nil
}
