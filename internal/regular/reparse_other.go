//go:build !windows

package regular

// tags finds none: what is irregular here is so in another way.
func tags(string) (map[string]uint32, error) { return nil, nil }
