package international

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

// check brings names into canonical form, and refuses what can't be a setting of any image.
func check(s *settings, absent bool) error {
	if absent {
		return providers.Problemf("", "Settings can't be absent", "Every image has languages and locales. Leave the resource out to keep them as they are.")
	}
	if s.UIAtFirstBoot == nil {
		s.UIAtFirstBoot = new(bool)
	}
	errs := []error{checkLocale(s)}
	for _, l := range []struct {
		attr string
		tag  *string
	}{{"ui_language", s.UILanguage}, {"system_locale", s.SystemLocale}, {"user_locale", s.UserLocale}} {
		errs = append(errs, canonical(l.attr, l.tag))
	}
	if s.Locale == nil {
		errs = append(errs, numbered("ui_language", s.UILanguage), numbered("system_locale", s.SystemLocale))
	}
	errs = append(errs, checkSystemLocale(s), checkInputLocales(s), checkRest(s))
	return errors.Join(errs...)
}

// checkLocale fills in the settings that the locale implies.
func checkLocale(s *settings) error {
	if s.Locale == nil {
		return nil
	}
	if err := canonical("locale", s.Locale); err != nil {
		return err
	}
	l, _ := international.ByTag(*s.Locale)
	if !l.Numbered() {
		return providers.Problemf("locale", unnumbered,
			"%s has no locale identifier, so only users can have it. Write user_locale = %q, and choose ui_language, system_locale and input_locales among those that have one.", l.Tag, l.Tag)
	}
	if l.Input() == "" && s.InputLocales == nil {
		return providers.Problemf("locale", "Locale without a keyboard",
			"Windows has no keyboard for %s by default. Say which in input_locales, as in [\"%04x:00000409\"].", l.Tag, l.LCID)
	}
	for _, p := range []**string{&s.UILanguage, &s.SystemLocale, &s.UserLocale} {
		if *p == nil {
			*p = &l.Tag
		}
	}
	if s.InputLocales == nil {
		s.InputLocales = []string{l.Input()}
	}
	return nil
}

const unnumbered = "Locale without an identifier"

// numbered refuses locales without a number where Windows identifies locales by number.
func numbered(attr string, tag *string) error {
	if tag == nil {
		return nil
	}
	if l, ok := international.ByTag(*tag); ok && !l.Numbered() {
		return providers.Problemf(attr, unnumbered, "%s has no locale identifier, which Windows needs here: only user_locale can be such a locale.", l.Tag)
	}
	return nil
}

// canonical returns the canonical spelling of a tag.
func canonical(attr string, tag *string) error {
	if tag == nil {
		return nil
	}
	l, ok := international.ByTag(*tag)
	if !ok {
		return unknownLocale(attr, *tag)
	}
	*tag = l.Tag
	return nil
}

func unknownLocale(attr, tag string) error {
	all := international.Locales()
	tags := make([]string, len(all))
	for i, l := range all {
		tags[i] = l.Tag
	}
	return providers.Problemf(attr, "Unknown locale", "gild knows no locale %q.%s A locale is a language and a region, as in \"de-DE\".", tag, similar.Hint(tag, tags))
}

func checkSystemLocale(s *settings) error {
	if s.SystemLocale == nil {
		return nil
	}
	l, ok := international.ByTag(*s.SystemLocale)
	if !ok || l.ANSI != 0 || !l.Numbered() {
		return nil
	}
	return providers.Problemf(s.source("system_locale", l.Tag), "Locale without a code page",
		"%s is written in Unicode only, so it can't be the locale of programs that know no Unicode. Set system_locale to another one, such as \"en-US\".", l.Tag)
}

var inputLocale = regexp.MustCompile(`^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{8}$`)

func checkInputLocales(s *settings) error {
	const summary = "Invalid keyboard"
	if s.InputLocales != nil && len(s.InputLocales) == 0 {
		return providers.Problemf("input_locales", "No keyboard", "The list is empty. Leave it out to keep the keyboards, or name one.")
	}
	var errs []error
	list := slices.Clone(s.InputLocales)
	for i, input := range list {
		l, known := international.ByTag(input)
		switch {
		case known && l.Input() == "":
			errs = append(errs, providers.Problemf("input_locales", summary, "Windows has no keyboard for %s by default. Write the language and a layout, as in \"0409:0000041d\".", l.Tag))
		case known:
			list[i] = l.Input()
		case strings.Contains(input, "{"):
			errs = append(errs, providers.Problemf("input_locales", summary, "%q names an input method editor. Write the language and a layout, as in \"0411:00000411\"; Windows adds the editor of the language.", input))
		case strings.Contains(input, ";"):
			errs = append(errs, providers.Problemf("input_locales", summary, "%q is more than one keyboard; write each as one string of the list.", input))
		case strings.Contains(input, ":") && !inputLocale.MatchString(input):
			errs = append(errs, providers.Problemf("input_locales", summary, "%q is not a language of 4 and a layout of 8 hexadecimal digits, as in \"0407:00000407\".", input))
		case !strings.Contains(input, ":"):
			errs = append(errs, unknownLocale("input_locales", input))
		default:
			list[i] = strings.ToLower(input)
		}
		if slices.Contains(list[:i], list[i]) {
			errs = append(errs, providers.Problemf("input_locales", summary, "The keyboard %q is in the list twice.", list[i]))
		}
	}
	s.InputLocales = list
	return errors.Join(errs...)
}

func checkRest(s *settings) error {
	var errs []error
	if s.Layered != nil && (*s.Layered < 1 || *s.Layered > 6) {
		errs = append(errs, providers.Problemf("layered_keyboard", "Unknown keyboard", "There are the drivers 1 to 6, not %d.", *s.Layered))
	}
	if s.Location != nil && (*s.Location < 1 || *s.Location > 0x7fffffff) {
		errs = append(errs, providers.Problemf("location", "Invalid location", "A geographical identifier is a positive number, such as 94 for Germany."))
	}
	if s.TimeZone != nil && strings.TrimSpace(*s.TimeZone) == "" {
		errs = append(errs, providers.Problemf("time_zone", "No time zone", "The name is empty."))
	}
	if *s.UIAtFirstBoot && s.UILanguage == nil {
		errs = append(errs, providers.Problemf("ui_language_at_first_boot", "Argument without effect", "There is no ui_language that could be set at the first boot."))
	}
	if s.Locale == nil && len(s.values()) == 0 && s.InputLocales == nil {
		errs = append(errs, providers.Problemf("", "Nothing to set", "Set \"locale\" or one of the other arguments."))
	}
	return errors.Join(errs...)
}
