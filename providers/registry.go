package providers

import (
	"errors"
	"io/fs"

	"github.com/gildhq/gild/image"
)

// WritableKey is what [Way].Check of a kind that changes a registry key comes to:
// the key may be changed and can be given the values, or the reason why not.
func WritableKey(s image.Session, key string, values ...image.Value) error {
	reg, err := Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	return reg.Writable(key, values...)
}

// Gone takes a removal of what is not there as done.
func Gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Text returns the text in a registry value; "" where there is none.
func Text(reg image.Registry, key, name string) (string, error) {
	v, err := reg.Value(key, name)
	if err != nil {
		return "", Gone(err)
	}
	return v.Text()
}
