package driver

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
)

// like reports whether a text matches a pattern, in which * stands for any
// characters and ? for one, regardless of case.
func like(pattern, text string) bool {
	p, s := []rune(nt.Fold(pattern)), []rune(nt.Fold(text))
	star, mark := -1, 0
	i, j := 0, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '*':
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == s[i]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '*' {
		j++
	}
	return j == len(p)
}

// wants returns the author's filters that a package does not pass; none if it passes.
func (d *driver) wants(p pack, devices []string, f *inf.File) (bool, string) {
	switch {
	case d.OriginalName != nil && !nt.Equal(*d.OriginalName, p.OriginalName):
		return false, "original_name"
	case d.Provider != nil && !nt.Equal(*d.Provider, p.Provider):
		return false, "provider"
	case d.Version != nil && *d.Version != p.Version:
		return false, "version"
	case len(d.Classes) > 0 && !slices.ContainsFunc(d.Classes, func(c string) bool {
		return strings.EqualFold(c, f.Version.Class) || strings.EqualFold(c, f.Version.ClassGUID)
	}):
		return false, "classes"
	case d.Arch != nil && !slices.Contains(p.Archs, *d.Arch):
		return false, "arch"
	case len(d.HardwareIDs) > 0 && !slices.ContainsFunc(d.HardwareIDs, func(id string) bool {
		return slices.ContainsFunc(devices, func(own string) bool { return like(id, own) })
	}):
		return false, "hardware_ids"
	}
	return true, ""
}

// title names a package in messages.
func (p *pack) title() string {
	return fmt.Sprintf("%s of %s, version %s of %s", p.OriginalName, p.Provider, p.Version, p.Date)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
