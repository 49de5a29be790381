//go:build !linux && !darwin && !windows

package volume

import (
	"errors"
	"fmt"
)

func of(path string) (Volume, error) {
	return Volume{}, fmt.Errorf("file system of %s: %w", path, errors.ErrUnsupported)
}
