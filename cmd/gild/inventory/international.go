package inventory

import "github.com/gildhq/gild/image/intl"

type internationalRow struct {
	UILanguages       []uiLanguageRow `cty:"ui_languages"`
	DefaultUILanguage *string         `cty:"default_ui_language"`
	PreferredUI       []string        `cty:"preferred_ui_languages"`
	SystemLocale      *string         `cty:"system_locale"`
	UserLocale        *string         `cty:"user_locale"`
	GeoID             *string         `cty:"geo_id"`
	InputLocales      []string        `cty:"input_locales"`
	TimeZone          *string         `cty:"time_zone"`
	ANSICodePage      *string         `cty:"ansi_code_page"`
	OEMCodePage       *string         `cty:"oem_code_page"`
	MacCodePage       *string         `cty:"mac_code_page"`
}

type uiLanguageRow struct {
	Tag       string `cty:"tag"`
	LCID      int64  `cty:"lcid"`
	Localized string `cty:"localized"`
}

func international() Inventory {
	return Inventory{
		Name: "international", Singleton: true,
		Columns: []string{"ui_languages", "default_ui_language", "system_locale", "user_locale", "geo_id", "input_locales", "time_zone", "ansi_code_page", "oem_code_page"},
		List:    single(intl.Read, internationalOf),
	}
}

func internationalOf(s intl.Settings) internationalRow {
	row := internationalRow{
		UILanguages: []uiLanguageRow{}, DefaultUILanguage: text(s.DefaultUILanguage), PreferredUI: texts(s.PreferredUI),
		SystemLocale: text(s.SystemLocale), UserLocale: text(s.UserLocale), GeoID: text(s.GeoID),
		InputLocales: texts(s.InputLocales), TimeZone: text(s.TimeZone),
		ANSICodePage: text(s.ANSICodePage), OEMCodePage: text(s.OEMCodePage), MacCodePage: text(s.MacCodePage),
	}
	for _, l := range s.UILanguages {
		row.UILanguages = append(row.UILanguages, uiLanguageRow{l.Tag, int64(l.LCID), l.Localized})
	}
	return row
}
