package driverstore

import (
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
)

// Bits of ConfigScope, as Windows 10 sets them: they say which sections exist. (Found
// in the records of packages with known INF files.)
const (
	scopeInstall    = 0x1
	scopeHardware   = 0x2
	scopeServices   = 0x4
	scopeInterfaces = 0x8
	scopeWdf        = 0x100
)

// sections lists the sections that install the models, by their names in the INF file,
// in the order of their models.
func sections(p *inf.Package) []string {
	var names []string
	for _, in := range p.Installs {
		names = append(names, in.Section)
	}
	return names
}

// configuration records the result of installing one section.
func (r *recorder) configuration(in *inf.Install) error {
	key := r.key + `\Configurations\` + in.Section
	r.number(key, "ConfigFlags", 0)
	r.number(key, "ConfigScope", r.scope(in))
	if err := r.some(key, "IncludedInfs", r.included(in)); err != nil {
		return err
	}
	if err := r.some(key, "ExcludeIds", in.ExcludeIDs); err != nil {
		return err
	}
	for _, l := range in.Other {
		if strings.EqualFold(l.Key, "Reboot") {
			r.number(key, "Reboot", 1)
		}
	}
	r.recorded(key, `\Device`, in.Parts["HW"])
	r.recorded(key, `\Driver`, in.Part)
	for _, i := range in.Interfaces {
		r.make(key + `\Interfaces\` + strings.ToLower(i.Class))
	}
	for _, v := range in.Services {
		if v.Flags&inf.ServiceAssociated != 0 {
			r.text(key, "Service", v.Name) // empty: the device needs no service
		}
		if v.Name != "" {
			r.registry(key+`\Services\`+v.Name, v.Part, true)
		}
	}
	return nil
}

func (r *recorder) scope(in *inf.Install) uint32 {
	if r.allScopes {
		return allScopes
	}
	scope := uint32(scopeInstall)
	for name, bit := range map[string]uint32{"HW": scopeHardware, "Services": scopeServices, "Interfaces": scopeInterfaces, "Wdf": scopeWdf} {
		if _, ok := in.Parts[name]; ok {
			scope |= bit
		}
	}
	return scope
}

// included lists the INF files that a section includes.
func (r *recorder) included(in *inf.Install) []string {
	l := r.pkg.File.Section(in.Section).Find("Include")
	if l == nil {
		return nil
	}
	var names []string
	for _, name := range l.Values {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// recorded records the entries of a section for the device's or the driver's
// key. Those that are properties of the device are recorded with the
// configuration itself.
func (r *recorder) recorded(configuration, key string, p inf.Part) {
	for _, section := range p.AddReg {
		for i := range section.Entries {
			e := &section.Entries[i]
			if at, ok := propertyOf(key, e); ok {
				if v, err := at.value(e, r.published); err == nil { // or Suits has refused it
					r.entries = append(r.entries, entry{configuration + at.path, &v})
				}
				continue
			}
			r.entry(&r.entries, configuration+key, e, true)
		}
	}
}

// registry records the AddReg of a section as they are below key. In the record, the
// flags that say how to set a value are in the bits above the type.
func (r *recorder) registry(key string, p inf.Part, recorded bool) {
	for _, section := range p.AddReg {
		for i := range section.Entries {
			r.entry(&r.entries, key, &section.Entries[i], recorded)
		}
	}
}

// Recorded flags of values, above the type: those of an INF file, except the one for
// appending to a list.
const (
	recordedNoClobber = inf.RegNoClobber << 16
	recordedAppend    = 0x4 << 16
)

func (r *recorder) entry(out *entries, key string, e *inf.RegEntry, recorded bool) {
	at := joinKey(key, e.Subkey)
	if e.Flags&inf.RegKeyOnly != 0 {
		out.make(at)
		return
	}
	kind, data, err := e.Data()
	if err != nil {
		return // Suits has refused it
	}
	switch {
	case e.Flags&inf.RegAppend != 0:
		if out.appended(at, e.Name, data) {
			return
		}
		if recorded {
			kind |= recordedAppend
		}
	case recorded && e.Flags&inf.RegNoClobber != 0:
		kind |= recordedNoClobber
	}
	*out = append(*out, entry{at, &image.Value{Name: e.Name, Type: hive.ValueType(kind), Data: data}})
}

// joinKey appends the names of a key in the form of INF files.
func joinKey(key, below string) string {
	for name := range strings.SplitSeq(below, `\`) {
		if name != "" {
			key += `\` + name
		}
	}
	return key
}
