package international

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// SetInputLocales replaces all keyboards in a hive of users with these, in the form of
// [User].InputLocales. A layout that is not the language's default is written as a
// substitute, as LoadKeyboardLayout reads it: the low word of the loaded number is the
// language, and the high word d001, d002 … for further keyboards of the language.
func SetInputLocales(reg image.Registry, root string, list []string) error {
	for _, key := range []string{root + preload, root + substitutes} {
		if err := clearKey(reg, key); err != nil {
			return err
		}
	}
	for i, k := range loadable(list) {
		err := setText(reg, root+preload, fmt.Sprint(i+1), k.id)
		if err == nil && k.id != k.layout {
			err = setText(reg, root+substitutes, k.id, k.layout)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loaded is a keyboard: the number it is loaded by, and its layout.
type loaded struct{ id, layout string }

func loadable(list []string) []loaded {
	all := make([]loaded, len(list))
	taken := map[string]bool{}
	for i, input := range list {
		language, layout, _ := strings.Cut(input, ":")
		if plain := "0000" + language; layout == plain {
			all[i], taken[plain] = loaded{plain, layout}, true
		}
	}
	for i, input := range list {
		if all[i].id != "" {
			continue
		}
		language, layout, _ := strings.Cut(input, ":")
		id := "0000" + language
		for n := 1; taken[id]; n++ {
			id = fmt.Sprintf("d%03x%s", n, language)
		}
		all[i], taken[id] = loaded{id, layout}, true
	}
	return all
}

func clearKey(reg image.Registry, key string) error {
	values, err := reg.Values(key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, v := range values {
		if err := deleteValue(reg, key, v.Name); err != nil {
			return err
		}
	}
	return nil
}

// driver is a layered keyboard driver.
type driver struct {
	value, file string // LayerDriver JPN or LayerDriver KOR, and what it is
	identifier  string
	subtype     uint32
	typ         uint32
}

// drivers are the layered drivers, as DISM numbers them from 1
// (Microsoft Knowledge Base 927824; LayeredDriver in the reference of answer files).
func drivers() []driver {
	const japanese, korean = "LayerDriver JPN", "LayerDriver KOR"
	return []driver{
		{japanese, "kbd101.dll", "PCAT_101KEY", 0, 7},
		{korean, "kbd101a.dll", "PCAT_101AKEY", 3, 8},
		{korean, "kbd101b.dll", "PCAT_101BKEY", 4, 8},
		{korean, "kbd101c.dll", "PCAT_101CKEY", 5, 8},
		{korean, "kbd103.dll", "PCAT_103KEY", 6, 8},
		{japanese, "kbd106.dll", "PCAT_106KEY", 2, 7},
	}
}

// HasKeyboardDriver reports whether the image has the driver below layered drivers.
func HasKeyboardDriver(reg image.Registry) (bool, error) {
	_, err := reg.Values(keyboard)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// SetLayered sets the layered keyboard driver, a number from 1 to 6.
func SetLayered(reg image.Registry, n int) error {
	key, d := keyboard+`\Parameters`, drivers()[n-1]
	return errors.Join(
		setText(reg, key, d.value, d.file),
		setText(reg, key, "OverrideKeyboardIdentifier", d.identifier),
		setNumber(reg, key, "OverrideKeyboardSubtype", d.subtype),
		setNumber(reg, key, "OverrideKeyboardType", d.typ),
	)
}

// layeredIn returns the number of the layered driver whose values a key has all of;
// 0 if none.
func layeredIn(k regread.Key) int {
	typ, _ := k.Number("OverrideKeyboardType")
	subtype, _ := k.Number("OverrideKeyboardSubtype")
	return 1 + slices.IndexFunc(drivers(), func(d driver) bool {
		return strings.EqualFold(k.Text(d.value), d.file) && k.Text("OverrideKeyboardIdentifier") == d.identifier &&
			typ == d.typ && subtype == d.subtype
	})
}
