package driverstore

import (
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
)

// Bits of ConfigScope, as Windows 10 sets them: which sections there are. (Found
// in the records of packages whose INF files are known.)
const (
	scopeInstall  = 0x1
	scopeHardware = 0x2
	scopeServices = 0x4
	scopeWdf      = 0x100
)

// sections lists the sections that install the models, as they are named in the
// INF, in the order of their models.
func sections(p *inf.Package) []string {
	var names []string
	for _, in := range p.Installs {
		names = append(names, in.Section)
	}
	return names
}

// configuration records what installing by one section comes to.
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
	for _, v := range in.Services {
		if v.Flags&inf.ServiceAssociated != 0 {
			r.text(key, "Service", v.Name) // empty: the device needs none
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
	for name, bit := range map[string]uint32{"HW": scopeHardware, "Services": scopeServices, "Wdf": scopeWdf} {
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

// Values that are recorded as properties of the device, by the key that an INF
// sets them in (devpkey.h: DEVPKEY_Device_Characteristics, DEVPKEY_Device_DevType,
// DEVPKEY_Device_DriverPropPageProvider). The type is that of the property,
// DEVPROP_TYPE_UINT32 and _STRING, with the mark of one.
const (
	characteristics = `\Properties\{a45c254e-df1c-4efd-8020-67d146a850e0}\001D`
	deviceType      = `\Properties\{a45c254e-df1c-4efd-8020-67d146a850e0}\001B`
	propertyPages   = `\Properties\{a8b865dd-2e3d-4094-ad97-e593a70c75d6}\000A`

	propertyNumber = 0xffff0007
	propertyText   = 0xffff0012
)

// recorded records the entries of a section for the device's or the driver's
// key. Those that are properties of the device are recorded with the
// configuration itself.
func (r *recorder) recorded(configuration, key string, p inf.Part) {
	var rest entries
	r.registryInto(&rest, configuration+key, p, true)
	for _, e := range rest {
		if e.key == configuration+key && e.value != nil {
			e = property(configuration, key, e)
		}
		r.entries = append(r.entries, e)
	}
}

// property returns an entry of such a key as it is recorded.
func property(configuration, key string, e entry) entry {
	switch key + `\` + strings.ToLower(e.value.Name) {
	case `\Device\upperfilters`, `\Device\lowerfilters`:
		e.key = configuration
	case `\Device\devicecharacteristics`:
		return entry{configuration + characteristics, &image.Value{Type: propertyNumber, Data: e.value.Data}}
	case `\Device\devicetype`:
		return entry{configuration + deviceType, &image.Value{Type: propertyNumber, Data: e.value.Data}}
	case `\Driver\enumproppages32`:
		return entry{configuration + propertyPages, &image.Value{Type: propertyText, Data: e.value.Data}}
	}
	return e
}

// registry records the AddReg of a section as they are below key. On record,
// the flags that say how a value is to be set stand above the type.
func (r *recorder) registry(key string, p inf.Part, recorded bool) {
	r.registryInto(&r.entries, key, p, recorded)
}

func (r *recorder) registryInto(out *entries, key string, p inf.Part, recorded bool) {
	for _, section := range p.AddReg {
		for i := range section.Entries {
			e := &section.Entries[i]
			at := joinKey(key, e.Subkey)
			flags := e.Flags & 0xfffe
			if flags == inf.RegKeyOnly {
				out.make(at)
				continue
			}
			kind, data, err := e.Data()
			if err != nil {
				continue // Suits has refused it
			}
			if recorded {
				kind |= flags << 16
			}
			*out = append(*out, entry{at, &image.Value{Name: e.Name, Type: hive.ValueType(kind), Data: data}})
		}
	}
}

// joinKey appends the names of a key as INF files write them.
func joinKey(key, below string) string {
	for name := range strings.SplitSeq(below, `\`) {
		if name != "" {
			key += `\` + name
		}
	}
	return key
}
