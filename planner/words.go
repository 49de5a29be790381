package planner

import "strings"

// Images names images in words.
func Images(names []string) string {
	if len(names) == 1 {
		return "image " + names[0]
	}
	return "images " + Enumerate(names)
}

// Are begins the statement that images are something.
func Are(names []string) string {
	if len(names) == 1 {
		return Images(names) + " is"
	}
	return Images(names) + " are"
}

// Enumerate lists names in words.
func Enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
