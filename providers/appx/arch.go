package appx

import (
	"slices"
	"strings"
)

// preferred are the architectures of code that runs in an image of an architecture,
// as images name it, the one that Windows takes of several first. Nothing is said
// of an image that names none.
func preferred(image string) []string {
	return strings.Fields(map[string]string{
		"amd64": "x64 neutral x86a64 x86", "x86": "x86 neutral x86a64", "arm": "arm neutral",
		"arm64": "arm64 neutral x86a64 x64 arm x86",
	}[strings.ToLower(image)])
}

// chosen returns which of the architectures Windows takes in an image of another;
// false if none runs there. In an image that names none it is the first.
func chosen(image string, list []string) (string, bool) {
	can := preferred(image)
	if len(can) == 0 && len(list) > 0 {
		return list[0], true
	}
	for _, a := range can {
		if slices.Contains(list, a) {
			return a, true
		}
	}
	return "", false
}

// runsOn reports whether code of one of the architectures runs in an image of the
// architecture, as images name it. An image that names none is not judged.
func runsOn(image string, list []string) bool {
	_, ok := chosen(image, list)
	return ok || len(preferred(image)) == 0
}
