package providers

import (
	"errors"
	"io/fs"

	"github.com/gildhq/gild/image"
)

// WritableKey is what [Way].Check of a kind that changes a registry key comes to:
// the hive the key is in may be changed, or the reason why not.
func WritableKey(s image.Session, key string) error {
	reg, err := Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	return reg.Writable(key)
}

// Gone takes a removal of what is not there as done.
func Gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
