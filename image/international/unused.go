package international

import (
	"bytes"
	"errors"
	"io/fs"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// CleanupPolicy returns key and value of the policy that keeps the task LPRemove of
// Windows 11 from removing languages that no user uses ("Policy CSP -
// TimeLanguageSettings", BlockCleanupOfUnusedPreinstalledLangPacks).
func CleanupPolicy() (key, name string) {
	return `HKLM\SOFTWARE\Policies\Microsoft\Control Panel\International`, "BlockCleanupOfUnusedPreinstalledLangPacks"
}

// KeepsLanguages reports whether languages that no user uses stay, and whether the
// image sets that policy.
func KeepsLanguages(reg image.Registry) (keeps, told bool, err error) {
	v, err := reg.Value(CleanupPolicy())
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return v.Type == hive.RegDword && bytes.Equal(v.Data, []byte{1, 0, 0, 0}), true, nil
}

// KeepLanguages sets the policy that decides whether languages that no user uses stay.
func KeepLanguages(reg image.Registry, keep bool) error {
	key, name := CleanupPolicy()
	n := uint32(0)
	if keep {
		n = 1
	}
	return setNumber(reg, key, name, n)
}
