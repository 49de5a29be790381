package international

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

func setText(reg image.Registry, key, name, text string) error {
	return reg.SetValue(key, image.Value{Name: name, Type: hive.RegSZ, Data: hive.EncodeString(text)})
}

func setNumber(reg image.Registry, key, name string, n uint32) error {
	return reg.SetValue(key, image.Value{Name: name, Type: hive.RegDword, Data: hive.EncodeUint32(n)})
}

// has reports whether a key has a value.
func has(reg image.Registry, key, name string) (bool, error) {
	_, err := reg.Value(key, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func deleteValue(reg image.Registry, key, name string) error {
	if err := reg.DeleteValue(key, name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SetSystemLocale sets the locale of programs without Unicode, with its code pages.
func SetSystemLocale(reg image.Registry, l Locale) error {
	long := fmt.Sprintf("%08x", l.LCID)
	twice, err := has(reg, nlsLocale, "(Default)") // Setup also leaves a value with this name
	if err == nil && twice {
		err = setText(reg, nlsLocale, "(Default)", long)
	}
	return errors.Join(err,
		setText(reg, nlsLanguage, "Default", long[4:]),
		setText(reg, nlsLocale, "", long),
		setText(reg, codePages, "ACP", fmt.Sprint(l.ANSI)),
		setText(reg, codePages, "OEMCP", fmt.Sprint(l.OEM)),
		setText(reg, codePages, "MACCP", fmt.Sprint(l.Mac)),
	)
}

// Overrides are the values for single formats of a user that override those of the
// locale ("SetLocaleInfo" in the documentation of Win32). They would still apply
// after a change of the locale, so [SetUserLocale] removes them; without them
// Windows uses the locale's own.
func Overrides() []string {
	return strings.Fields(`NumShape iCalendarType iCountry iCurrDigits iCurrency iDate iDigits iFirstDayOfWeek
		iFirstWeekOfYear iLZero iMeasure iNegCurr iNegNumber iPaperSize iTLZero iTime iTimePrefix s1159 s2359
		sCountry sCurrency sDate sDecimal sGrouping sLanguage sList sLongDate sMonDecimalSep sMonGrouping
		sMonThousandSep sNativeDigits sNegativeSign sPositiveSign sShortDate sShortTime sThousand sTime
		sTimeFormat sYearMonth`)
}

// SetUserLocale sets the formats in a hive of users to those of a locale.
func SetUserLocale(reg image.Registry, root string, l Locale) error {
	key := root + formats
	for _, name := range Overrides() {
		if err := deleteValue(reg, key, name); err != nil {
			return err
		}
	}
	return errors.Join(setText(reg, key, "LocaleName", l.Tag), setText(reg, key, "Locale", fmt.Sprintf("%08x", l.LCID)))
}

// SetLocation sets the location in a hive of users, by its GEOID. Windows 10 and
// later also keep its name; that of another location is removed.
func SetLocation(reg image.Registry, root string, id int) error {
	return errors.Join(deleteValue(reg, root+geo, "Name"), setText(reg, root+geo, "Nation", fmt.Sprint(id)))
}

// SetUILanguage sets the language of the user interface. It also changes lists of
// preferred languages, which override it.
func SetUILanguage(reg image.Registry, users []User, language UILanguage) error {
	if err := setText(reg, nlsLanguage, "InstallLanguage", fmt.Sprintf("%04x", language.LCID)); err != nil {
		return err
	}
	list, err := hive.EncodeMultiString([]string{language.Tag})
	if err != nil {
		return err
	}
	keys := []string{muiSettings}
	for _, u := range users {
		keys = append(keys, u.Root+desktop)
	}
	const name = "PreferredUILanguages"
	for _, key := range keys {
		there, err := has(reg, key, name)
		if err == nil && there {
			err = reg.SetValue(key, image.Value{Name: name, Type: hive.RegMultiSZ, Data: list})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
