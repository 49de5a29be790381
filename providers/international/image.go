package international

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

// read returns the settings of the image. If the image has a setting in several places, it returns
// a value that differs from the wanted one, if there is one.
func read(ctx context.Context, s image.Session, want settings) (*settings, error) {
	have, _, err := international.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	found := of(have)
	found.UILanguage = other(want.UILanguage, append([]string{have.DefaultUILanguage}, first(have.PreferredUI)...))
	var locales, locations []string
	for _, u := range have.Users {
		locales, locations = append(locales, u.Locale), append(locations, u.Location)
		if want.InputLocales != nil && !slices.Equal(u.InputLocales, want.InputLocales) {
			found.InputLocales = texts(u.InputLocales)
		}
	}
	found.UserLocale = other(want.UserLocale, locales)
	if want.Location != nil {
		location := strconv.Itoa(*want.Location)
		found.Location = number(other(&location, locations))
	}
	if found.KeepLanguages, err = keepsLanguages(s); err != nil {
		return nil, err
	}
	if err := found.atFirstBoot(s, want); err != nil {
		return nil, err
	}
	return &found, fits(s, have, want)
}

// keepsLanguages reports whether Windows keeps languages that no user uses.
func keepsLanguages(s image.Session) (*bool, error) {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	keeps, _, err := international.KeepsLanguages(reg)
	return &keeps, err
}

// atFirstBoot fills in what is queued for the first boot.
func (s *settings) atFirstBoot(session image.Session, want settings) error {
	tag, err := queued(session)
	if err != nil {
		return err
	}
	yes := tag != ""
	s.UIAtFirstBoot = &yes
	if providers.Is(want.UIAtFirstBoot, true) {
		s.UILanguage = providers.Known(tag)
	}
	return nil
}

// other returns the first of the values that is not the wanted one, or the wanted
// one if all are, or nil if there are none.
func other(want *string, values []string) *string {
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		if want != nil && !strings.EqualFold(v, *want) {
			return providers.Known(v)
		}
	}
	return providers.Known(values[0])
}

func first(list []string) []string { return list[:min(len(list), 1)] }

// of is the resource for the settings of an image.
func of(have international.Settings) settings {
	s := settings{
		UILanguage: providers.Known(have.DefaultUILanguage), SystemLocale: providers.Known(have.SystemLocale), TimeZone: providers.Known(have.TimeZone),
		UILanguages: []lang{}, PreferredUI: texts(have.PreferredUI), InputLocales: []string{},
		ANSICodePage: providers.Known(have.ANSICodePage), OEMCodePage: providers.Known(have.OEMCodePage), MacCodePage: providers.Known(have.MacCodePage),
	}
	if have.Layered != 0 {
		s.Layered = &have.Layered
	}
	if len(have.Users) > 0 {
		u := have.Users[0]
		s.UserLocale, s.Location, s.InputLocales = providers.Known(u.Locale), number(&u.Location), texts(u.InputLocales)
	}
	for _, l := range have.UILanguages {
		s.UILanguages = append(s.UILanguages, lang{l.Tag, int(l.LCID), l.Localized})
	}
	return s
}

// texts returns the list, empty instead of null.
func texts(list []string) []string { return append([]string{}, list...) }

func number(s *string) *int {
	if s == nil {
		return nil
	}
	n, err := strconv.Atoi(*s)
	if err != nil {
		return nil
	}
	return &n
}

// list returns the settings of the image.
func list(ctx context.Context, s image.Session) ([]settings, error) {
	have, err := read(ctx, s, settings{})
	if err != nil {
		return nil, err
	}
	return []settings{*have}, nil
}

// writable returns an error if a hive that a change is in can't be changed.
func writable(ctx context.Context, s image.Session, c providers.TypedChange[settings]) error {
	errs := []error{speaks(ctx, s, c)}
	if info, err := s.Info(ctx); err != nil {
		return err
	} else if *c.Want.UIAtFirstBoot && info.InstallationType == "WindowsPE" {
		errs = append(errs, providers.Problemf("ui_language_at_first_boot", "No first boot", "The image is one of Windows PE, which is started and never set up, so it has no first boot."))
	}
	roots := []string{`HKLM\SYSTEM`, `HKLM\SOFTWARE`}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	for _, root := range []string{international.NewUsers, international.Logon} {
		if _, err := reg.Subkeys(root); err == nil {
			roots = append(roots, root)
		}
	}
	for _, root := range roots {
		if c.Want.touches(root) {
			errs = append(errs, reg.Writable(root))
		}
	}
	return errors.Join(errs...)
}

// effect is the effect of a change.
func effect(when providers.Effect) func(context.Context, image.Session, providers.Host, providers.TypedChange[settings]) (providers.Effect, error) {
	return func(_ context.Context, _ image.Session, _ providers.Host, c providers.TypedChange[settings]) (providers.Effect, error) {
		if providers.Is(c.Want.UIAtFirstBoot, true) {
			return providers.Effect{Text: when.Text + "; the language of Windows at first boot", Waits: true}, nil
		}
		return when, nil
	}
}

// touches reports whether there is something to set in a hive.
func (s *settings) touches(root string) bool {
	if s.InputLocales != nil && (root == international.NewUsers || root == international.Logon) {
		return true
	}
	return slices.ContainsFunc(s.values(), func(v [2]string) bool { return strings.HasPrefix(v[0], root+`\`) })
}

func apply(ctx context.Context, s image.Session, _ providers.Host, c providers.TypedChange[settings]) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	have, _, err := international.Read(ctx, s)
	if err != nil {
		return err
	}
	w := c.Want
	for _, u := range have.Users {
		if err := applyUser(reg, u, w); err != nil {
			return err
		}
	}
	if w.SystemLocale != nil && !equal(have.SystemLocale, w.SystemLocale) {
		l, _ := international.ByTag(*w.SystemLocale)
		if err := international.SetSystemLocale(reg, l); err != nil {
			return err
		}
	}
	if w.KeepLanguages != nil {
		if err := international.KeepLanguages(reg, *w.KeepLanguages); err != nil {
			return err
		}
	}
	if w.Layered != nil {
		if err := international.SetLayered(reg, *w.Layered); err != nil {
			return err
		}
	}
	if err := applyZone(s, reg, have.TimeZone, w.TimeZone); err != nil {
		return err
	}
	return applyLanguage(s, reg, have, w)
}

func applyUser(reg image.Registry, u international.User, w settings) error {
	if w.UserLocale != nil && !equal(u.Locale, w.UserLocale) {
		l, _ := international.ByTag(*w.UserLocale)
		if err := international.SetUserLocale(reg, u.Root, l); err != nil {
			return err
		}
	}
	if w.Location != nil && u.Location != strconv.Itoa(*w.Location) {
		if err := international.SetLocation(reg, u.Root, *w.Location); err != nil {
			return err
		}
	}
	if w.InputLocales != nil && !slices.Equal(u.InputLocales, w.InputLocales) {
		return international.SetInputLocales(reg, u.Root, w.InputLocales)
	}
	return nil
}

// equal reports whether the image has what is wanted. If so, other settings, such as a user's own
// formats, are kept.
func equal(have string, want *string) bool { return strings.EqualFold(have, *want) }

func applyZone(s image.Session, reg image.Registry, have string, want *string) error {
	if want == nil || equal(have, want) {
		return nil
	}
	z, err := zoneNamed(s, *want)
	if err != nil {
		return err
	}
	return international.SetTimeZone(reg, z)
}

func applyLanguage(s image.Session, reg image.Registry, have international.Settings, w settings) error {
	if providers.Is(w.UIAtFirstBoot, true) {
		return queue(s, *w.UILanguage)
	}
	if err := queue(s, ""); err != nil || w.UILanguage == nil {
		return err
	}
	l, err := installed(have, *w.UILanguage, "ui_language")
	if err != nil {
		return err
	}
	return international.SetUILanguage(reg, have.Users, l)
}
