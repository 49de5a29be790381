//go:build !windows

package regular

import "path/filepath"

// tags finds none: what is irregular here is so in another way.
func tags(string) (map[string]uint32, error) { return nil, nil }

// Long returns an absolute path for calls that are not package os's.
func Long(path string) (string, error) { return filepath.Abs(path) }
