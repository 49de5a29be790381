package settings

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

// Part is what a setting consists of: a resource, or a line in a script that it shares with other
// settings.
type Part struct {
	// Suffix of the resource's name, which begins with the name of the setting.
	Suffix string
	// Shared is the whole name of a resource that several settings have in common: there is one of
	// it, whichever of them are set.
	Shared string
	Of     any // the resource: see [providers.Child]
	Absent bool

	Script, Line string // name of a [Script], and the line in it; instead of all fields above
}

// Script is work at the first boot that several settings share.
type Script struct {
	Name  string // of the resource
	ID    string // name in the queue
	Title string
	// Prefix, if not empty, precedes the lines of all settings, which then are one command: some
	// settings can't be made one after the other.
	Prefix string
}

// Named gives a part a suffix.
func Named(suffix string, p Part) Part {
	p.Suffix = suffix
	return p
}

// Dword is a REG_DWORD.
func Dword(key, name string, n uint32) Part {
	return value(key, name, "dword", cty.NumberUIntVal(uint64(n)))
}

// String is a REG_SZ.
func String(key, name, s string) Part { return value(key, name, "sz", cty.StringVal(s)) }

// Shared gives a part a name by which several settings share it.
func Shared(name string, p Part) Part {
	p.Shared = name
	return p
}

func value(key, name, typ string, v cty.Value) Part {
	return Part{Of: providers.RegistryValue{Key: key, Name: name, Type: typ, Value: v}}
}

// Without is a registry value to be absent.
func Without(key, name string) Part {
	return Part{Of: providers.RegistryValue{Key: key, Name: name}, Absent: true}
}

// Service is the start type of a service, if the image has the service.
func Service(name, start string) Part {
	return Part{Of: providers.ServiceStart{Name: name, Start: start}}
}

// Line is a line of a script.
func Line(script, line string) Part { return Part{Script: script, Line: line} }

func (p *Part) child(setting, attr string) providers.Child {
	name := setting
	switch {
	case p.Shared != "":
		name = p.Shared
	case p.Suffix != "":
		name += "_" + p.Suffix
	}
	return providers.Child{Of: p.Of, Name: name, Absent: p.Absent, Attr: attr}
}

func (s *Script) child(lines []string, attr string) providers.Child {
	if s.Prefix != "" {
		line := s.Prefix
		for _, l := range lines {
			line += " " + l
		}
		lines = []string{line}
	}
	return providers.Child{Of: providers.Commands{Name: s.ID, Title: s.Title, Lines: lines}, Name: s.Name, Attr: attr}
}
