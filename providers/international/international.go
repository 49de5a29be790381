// Package international is the kind "international": the languages, locales,
// keyboards, time zone and location of an image.
package international

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

const doc = "Languages, locales, keyboards, time zone and location of an image.\n\n" +
	"With the backend `dism` one command of DISM sets them, except for the location, for which DISM has\n" +
	"no option; otherwise gild does. They are the settings of DISM's `/Set-AllIntl`, `/Set-UILang`, `/Set-SysLocale`,\n" +
	"`/Set-UserLocale`, `/Set-InputLocale`, `/Set-TimeZone` and `/Set-LayeredDriver`. Arguments that are not\n" +
	"set leave the image unchanged. The settings of users apply to new users and to the logon screen. When\n" +
	"the locale changes, gild removes the formats of the old locale from both profiles, so that Windows\n" +
	"uses those of the new one. Names that the image does not know are refused. The settings can't be\n" +
	"absent. An answer file can override them, and so can the user in the out-of-box experience (OOBE)."

// settings is the resource.
type settings struct {
	Locale        *string  `cty:"locale"`
	UILanguage    *string  `cty:"ui_language"`
	UIAtFirstBoot *bool    `cty:"ui_language_at_first_boot"`
	SystemLocale  *string  `cty:"system_locale"`
	UserLocale    *string  `cty:"user_locale"`
	InputLocales  []string `cty:"input_locales"`
	TimeZone      *string  `cty:"time_zone"`
	Layered       *int     `cty:"layered_keyboard"`
	Location      *int     `cty:"location"`
	KeepLanguages *bool    `cty:"keep_languages"`
	UILanguages   []lang   `cty:"ui_languages"`
	PreferredUI   []string `cty:"preferred_ui_languages"`
	ANSICodePage  *string  `cty:"ansi_code_page"`
	OEMCodePage   *string  `cty:"oem_code_page"`
	MacCodePage   *string  `cty:"mac_code_page"`
}

// lang is an installed display language.
type lang struct {
	Tag       string `cty:"tag"`
	LCID      int    `cty:"lcid"`
	Localized string `cty:"localized"`
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[settings]{
		Kind: "international", Doc: doc, Singleton: true, Phase: providers.PhaseLocale,
		Schema: schema(), Check: check, Claims: claims, Resets: resets, Read: read, List: list,
		Waits: func(s settings) bool { return providers.Is(s.UIAtFirstBoot, true) },
		Ways: []providers.TypedWay[settings]{byDISM(), {
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanRegistry, image.CanFirstBoot},
			Check: writable, EffectIn: effect(providers.Now(providers.Offline)), Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	language := cty.Object(map[string]cty.Type{"tag": cty.String, "lcid": cty.Number, "localized": cty.String})
	return dsl.Schema{
		{Name: "locale", Type: cty.String, Hint: true,
			Doc: "Locale such as `de-DE`: the default of `ui_language`, `system_locale`, `user_locale` and `input_locales`."},
		{Name: "ui_language", Type: cty.String, Fold: true,
			Doc: "Display language of Windows, such as `de-DE`. It must be installed in the image, or DISM must add it before with a `language_pack`."},
		{Name: "ui_language_at_first_boot", Type: cty.Bool, Default: cty.False,
			Doc: "`true`: the language is only installed at the first boot. `ui_language` is set then, after it."},
		{Name: "system_locale", Type: cty.String, Fold: true,
			Doc: "Locale for programs that do not support Unicode. It determines the code pages. Locales without a code page, such as `hi-IN`, are refused."},
		{Name: "user_locale", Type: cty.String, Fold: true,
			Doc: "Formats of dates, times, numbers and currencies for new users and the logon screen. Locales without a locale identifier (LCID), such as `en-SE`, are allowed."},
		{Name: "input_locales", Type: cty.List(cty.String),
			Doc: "Keyboards; the first one is the default. Each is a language and a layout as in `0407:00000407`, or a locale such as `de-DE` for its default keyboard."},
		{Name: "time_zone", Type: cty.String, Fold: true,
			Doc: "Windows' name of the time zone, such as `W. Europe Standard Time`."},
		{Name: "layered_keyboard", Type: cty.Number,
			Doc: "Driver of Japanese and Korean keyboards: 1 PC/AT enhanced (101/102 keys), 2, 3 and 4 Korean 101 keys of type 1, 2 and 3, 5 Korean 103/106 keys, 6 Japanese 106/109 keys."},
		{Name: "location", Type: cty.Number,
			Doc: "Country or region for new users and the logon screen, by its geographical identifier (GEOID): 94 for Germany, 244 for the United States."},
		{Name: "keep_languages", Type: cty.Bool,
			Doc: "`true`: Windows keeps languages that no user uses. `false`: the task LPRemove of Windows 11 Pro, Enterprise and Education removes them, which is also what Windows does by default. This is the policy *Block clean-up of unused language packs*."},
		{Name: "ui_languages", Type: cty.List(language), Computed: true,
			Doc: "Installed languages of the user interface: `tag`, `lcid`, and `localized`, which is `fully`, `partially` or `interface_pack`."},
		{Name: "preferred_ui_languages", Type: cty.List(cty.String), Computed: true,
			Doc: "Preferred languages of the machine, if it has a list."},
		{Name: "ansi_code_page", Type: cty.String, Computed: true, Doc: "Code page of Windows programs that do not support Unicode."},
		{Name: "oem_code_page", Type: cty.String, Computed: true, Doc: "Code page of console programs that do not support Unicode."},
		{Name: "mac_code_page", Type: cty.String, Computed: true, Doc: "Code page of the Macintosh."},
	}
}

// values lists the registry values that the settings decide on, by key.
func (s *settings) values() [][2]string {
	const control = `HKLM\SYSTEM\CurrentControlSet\Control\`
	var all [][2]string
	add := func(key string, names ...string) {
		for _, n := range names {
			all = append(all, [2]string{key, n})
		}
	}
	users := func(key string, names ...string) {
		add(international.NewUsers+key, names...)
		add(international.Logon+key, names...)
	}
	if s.UILanguage != nil {
		add(control+`Nls\Language`, "InstallLanguage")
		add(control+`MUI\Settings`, "PreferredUILanguages")
	}
	if s.SystemLocale != nil {
		add(control+`Nls\Language`, "Default")
		add(control+`Nls\Locale`, "")
		add(control+`Nls\CodePage`, "ACP", "OEMCP", "MACCP")
	}
	if s.UserLocale != nil {
		users(`\Control Panel\International`, "Locale", "LocaleName")
	}
	if s.Location != nil {
		users(`\Control Panel\International\Geo`, "Nation")
	}
	if s.TimeZone != nil {
		add(control+"TimeZoneInformation", "Bias", "StandardBias", "DaylightBias", "StandardStart", "DaylightStart",
			"StandardName", "DaylightName", "DynamicDaylightTimeDisabled", "TimeZoneKeyName")
	}
	if s.KeepLanguages != nil {
		add(international.CleanupPolicy())
	}
	if s.Layered != nil {
		add(`HKLM\SYSTEM\CurrentControlSet\Services\i8042prt\Parameters`, "OverrideKeyboardIdentifier", "OverrideKeyboardSubtype", "OverrideKeyboardType")
	}
	return all
}

func claims(s settings, _ bool) []providers.Claim {
	list := []providers.Claim{providers.ClaimThing("international settings", "")}
	if providers.Is(s.UIAtFirstBoot, true) {
		list = append(list, providers.ClaimPart(providers.ClaimFile(image.SetupComplete), "first boot "+actionID),
			providers.ClaimPart(providers.ClaimFile(image.FirstBootFolder+"/queue.json"), "script "+actionID))
	}
	for _, v := range s.values() {
		list = append(list, providers.ClaimValue(v[0], v[1]))
	}
	if s.InputLocales != nil {
		for _, root := range []string{international.NewUsers, international.Logon} {
			list = append(list, providers.ClaimKeyTree(root+`\Keyboard Layout\Preload`), providers.ClaimKeyTree(root+`\Keyboard Layout\Substitutes`))
		}
	}
	return list
}

// resets lists what is removed together with the image's previous locale and location.
func resets(s settings, _ bool) []providers.Reset {
	var list []providers.Reset
	add := func(key, name, attr string) {
		list = append(list, providers.Reset{Claim: providers.ClaimValue(key, name), Why: "another " + attr + " before it removes such values"})
	}
	for _, root := range []string{international.NewUsers, international.Logon} {
		if s.UserLocale != nil {
			for _, name := range international.Overrides() {
				add(root+`\Control Panel\International`, name, "user_locale")
			}
		}
		if s.Location != nil {
			add(root+`\Control Panel\International\Geo`, "Name", "location")
		}
	}
	return list
}
