package providers

import (
	"errors"
	"io/fs"

	"github.com/gildhq/gild/image"
)

// WritableKey is the [Way].Check of a change to a registry key: an error if the key can't be
// changed or can't have these values.
func WritableKey(s image.Session, key string, values ...image.Value) error {
	reg, err := Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	return reg.Writable(key, values...)
}

// Gone returns the error of a removal, or nil if there was nothing to remove.
func Gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Text returns the text of a registry value; "" if there is none.
func Text(reg image.Registry, key, name string) (string, error) {
	v, err := reg.Value(key, name)
	if err != nil {
		return "", Gone(err)
	}
	return v.Text()
}
