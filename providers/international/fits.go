package international

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

// fits refuses settings for which the image has no data.
func fits(s image.Session, have international.Settings, want settings) error {
	known, err := international.ReadKnown(s)
	if err != nil {
		return err
	}
	errs := []error{fitsLocales(known, want), fitsKeyboards(known, want), fitsLayered(s, want)}
	if want.TimeZone != nil && !equal(have.TimeZone, want.TimeZone) {
		_, err := zoneNamed(s, *want.TimeZone)
		errs = append(errs, err)
	}
	if len(have.Users) == 0 && (want.UserLocale != nil || want.InputLocales != nil || want.Location != nil) {
		errs = append(errs, providers.Problemf("", "No profile", "The image has neither a profile for new users nor one of the logon screen that could hold locales and keyboards."))
	}
	return errors.Join(errs...)
}

// speaks refuses a display language that neither the image has nor earlier changes add.
func speaks(ctx context.Context, s image.Session, c providers.TypedChange[settings]) error {
	want := c.Want.UILanguage
	if want == nil || *c.Want.UIAtFirstBoot {
		return nil
	}
	for e, l := range providers.Told[providers.Language](c.Earlier) {
		if !e.Gone && !e.Waits && strings.EqualFold(l.Tag, *want) {
			return nil
		}
	}
	have, _, err := international.Read(ctx, s)
	if err == nil {
		_, err = installed(have, *want, c.Want.source("ui_language", *want))
	}
	return err
}

// source is the attribute that a value comes from, for messages: locale, if the author wrote only
// that.
func (s *settings) source(attr, tag string) string {
	if s.Locale != nil && strings.EqualFold(*s.Locale, tag) {
		return "locale"
	}
	return attr
}

// installed returns an installed language, which must be complete; attr is the attribute that names
// it.
func installed(have international.Settings, tag, attr string) (international.UILanguage, error) {
	const summary = "Language not installed"
	var tags []string
	for _, l := range have.UILanguages {
		if strings.EqualFold(l.Tag, tag) {
			if l.Localized == "interface_pack" {
				return l, providers.Problemf(attr, "Language is not whole",
					"In this image %s is a language interface pack, which needs another language below it and so can't be the one that Windows itself speaks.", l.Tag)
			}
			if locale, ok := international.ByTag(tag); ok && l.LCID == 0 {
				l.LCID = locale.LCID
			}
			return l, nil
		}
		tags = append(tags, l.Tag)
	}
	list := "none that could be read"
	if len(tags) > 0 {
		list = strings.Join(tags, ", ")
	}
	return international.UILanguage{}, providers.Problemf(attr, summary,
		"Windows in this image can't speak %s: it has %s. Choose one of these, or add the language by a language_pack; if that is done at the first boot, set ui_language_at_first_boot = true, too.", tag, list)
}

func fitsLocales(known international.Known, want settings) error {
	var errs []error
	for _, w := range []struct {
		attr string
		tag  *string
	}{{"system_locale", want.SystemLocale}, {"user_locale", want.UserLocale}} {
		if w.tag == nil {
			continue
		}
		l, _ := international.ByTag(*w.tag)
		if lcid := fmt.Sprintf("%08x", l.LCID); len(known.Locales) > 0 && !known.Locales[lcid] {
			errs = append(errs, providers.Problemf(want.source(w.attr, *w.tag), "Unknown locale", "Windows in this image has no locale %s (%s).", l.Tag, lcid))
		} else if page := fmt.Sprint(l.ANSI); w.attr == "system_locale" && len(known.CodePages) > 0 && !known.CodePages[page] {
			errs = append(errs, providers.Problemf(want.source(w.attr, *w.tag), "No such code page", "Windows in this image lacks the code page %s, which programs that know no Unicode need for %s.", page, l.Tag))
		}
	}
	return errors.Join(errs...)
}

func fitsKeyboards(known international.Known, want settings) error {
	var errs []error
	for _, input := range want.InputLocales {
		language, layout, _ := strings.Cut(input, ":")
		if len(known.Locales) > 0 && !known.Locales["0000"+language] && !transient(language) {
			errs = append(errs, providers.Problemf("input_locales", "Unknown language", "Windows in this image has no language %s, which %q names.", language, input))
		}
		if _, ok := known.Layouts[layout]; ok || len(known.Layouts) == 0 {
			continue
		}
		hint := ""
		if name, ok := known.Layouts["0000"+language]; ok {
			hint = fmt.Sprintf(" Of the language it has 0000%s (%s).", language, name)
		}
		errs = append(errs, providers.Problemf("input_locales", "Unknown keyboard", "Windows in this image has no keyboard layout %s, which %q names.%s", layout, input, hint))
	}
	return errors.Join(errs...)
}

// transient reports whether a language is a number that Windows gives each user's locales
// without one ([MS-LCID] §2.2.1: those whose primary language is 0).
func transient(language string) bool {
	n, err := strconv.ParseUint(language, 16, 16)
	return err == nil && n != 0 && n&0x3ff == 0
}

func fitsLayered(s image.Session, want settings) error {
	if want.Layered == nil {
		return nil
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	ok, err := international.HasKeyboardDriver(reg)
	if err == nil && !ok {
		err = providers.Problemf("layered_keyboard", "No keyboard driver", "The image has no driver i8042prt, which a layered driver belongs to.")
	}
	return err
}

// zoneNamed returns a time zone of the image.
func zoneNamed(s image.Session, name string) (international.Zone, error) {
	zones, err := international.Zones(s)
	if err != nil {
		return international.Zone{}, err
	}
	var names []string
	for _, z := range zones {
		if strings.EqualFold(z.Name, name) {
			if len(z.Rules) == 0 {
				return z, providers.Problemf("time_zone", "Time zone without rules", "The image names the time zone %q but does not tell its rules (value TZI), so it can't be set.", z.Name)
			}
			return z, nil
		}
		names = append(names, z.Name)
	}
	return international.Zone{}, providers.Problemf("time_zone", "Unknown time zone", "Windows in this image knows no time zone %q.%s", name, zoneHint(name, zones, names))
}

// zoneHint suggests another zone. Names in the IANA database end in a city; Windows shows some
// cities of each zone.
func zoneHint(name string, zones []international.Zone, names []string) string {
	if hint := similar.Hint(name, names); hint != "" {
		return hint
	}
	if len(names) == 0 {
		return " It has no list of time zones."
	}
	if windows, ok := international.ByIANA(name); ok && slices.Contains(names, windows) {
		return fmt.Sprintf(" That is a name of the IANA database; what Windows calls that time zone is %q.", windows)
	}
	_, city, iana := strings.Cut(name, "/")
	if !iana {
		return ` It has names such as "` + names[0] + `".`
	}
	city = strings.ReplaceAll(city[strings.LastIndexByte(city, '/')+1:], "_", " ")
	for _, z := range zones {
		_, cities, _ := strings.Cut(z.Display, ")")
		for c := range strings.SplitSeq(cities, ",") {
			if strings.EqualFold(strings.TrimSpace(c), city) {
				return fmt.Sprintf(" That is a name of the IANA database; what Windows calls the time zone of %s is %q.", city, z.Name)
			}
		}
	}
	return fmt.Sprintf(` That is a name of the IANA database. Windows has names of its own, such as %q.`, names[0])
}
