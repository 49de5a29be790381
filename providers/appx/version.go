package appx

import (
	"slices"
	"strconv"
	"strings"
)

// numbers takes a version of four numbers apart, of 16 bits each.
func numbers(version string) ([]uint64, bool) {
	parts := strings.Split(version, ".")
	list := make([]uint64, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return nil, false
		}
		list[i] = n
	}
	return list, len(parts) == 4
}

func isVersion(s string) bool {
	_, ok := numbers(s)
	return ok
}

// older reports whether a version is older than another one.
func older(a, b string) bool {
	x, okA := numbers(a)
	y, okB := numbers(b)
	return okA && okB && slices.Compare(x, y) < 0
}
