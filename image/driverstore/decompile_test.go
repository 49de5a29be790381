package driverstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
)

func (d *decompiler) line(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

// cannot adds a part of the record that no INF file can produce.
func (d *decompiler) cannot(format string, args ...any) {
	if d.why == "" {
		d.why = fmt.Sprintf(format, args...)
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, `""`, "%", "%%").Replace(s) + `"`
}

// inf returns a possible INF file of the package.
func (d *decompiler) inf() string {
	d.line("[Version]\nSignature=\"$Windows NT$\"\nClass=%s\nClassGUID=%s\nProvider=%s\nCatalogFile=x.cat\nDriverVer=%s,%s",
		d.Class, d.ClassGUID, quoted(d.Provider), d.Date.Format("01/02/2006"), d.Version)
	k, _ := d.records.Key(systemDatabase + `\DriverInfFiles\` + d.PublishedName)
	configurations := k.Texts("Configurations")
	d.models(configurations)
	for _, name := range configurations {
		d.install(name)
	}
	if texts := d.key + `\Strings`; d.text.Len() > 0 {
		d.line("[Strings]")
		k, _ := d.records.Key(texts)
		for _, v := range k.Values {
			d.line("%s=%s", v.Name, `"`+strings.ReplaceAll(hive.DecodeString(v.Data), `"`, `""`)+`"`)
		}
		for _, line := range d.strings {
			d.line("%s", line)
		}
	}
	return d.text.String()
}

// models writes the models in the order of their configurations.
func (d *decompiler) models(configurations []string) {
	type model struct{ description, manufacturer, section, id string }
	var all []model
	if !d.carriedOut() { // the names of devices are not recorded
		for _, key := range d.ids() {
			if id := key[len(systemDatabase+`\DeviceIds\`):]; id[0] != '{' {
				all = append(all, model{"Device", "Vendor", "Install", id})
			}
		}
		configurations = []string{"Install"}
		d.line("[Install]")
	}
	for _, id := range d.HardwareIDs {
		k, _ := d.records.Key(d.key + `\Descriptors\` + id)
		all = append(all, model{k.Text("Description"), k.Text("Manufacturer"), k.Text("Configuration"), id})
	}
	if strings, _ := d.records.Key(d.key + `\Strings`); d.carriedOut() {
		for _, v := range strings.Values {
			if !slices.ContainsFunc(all, func(m model) bool { return m.description == "%"+v.Name+"%" || m.manufacturer == "%"+v.Name+"%" }) {
				d.cannot("string %s is that of no device, but of another model of one", v.Name)
			}
		}
	}
	at := func(m model) int {
		return slices.IndexFunc(configurations, func(c string) bool { return strings.EqualFold(c, m.section) })
	}
	slices.SortStableFunc(all, func(a, b model) int { return at(a) - at(b) })
	used := map[string]bool{}
	d.line("[Manufacturer]")
	for i, m := range all {
		d.line("%s=M%d,NTamd64", d.reference(m.manufacturer), i)
		used[nt.Fold(m.section)] = true
	}
	for i, m := range all {
		d.line("[M%d.NTamd64]", i)
		d.line("%s=%s,%s", d.reference(m.description), undecorated(m.section), d.modelID(m.id))
	}
	if len(d.ids()) != len(all)+1 { // and the descriptor of the class
		d.cannot("a device ID has no descriptor")
	}
	if len(used) != len(configurations) {
		d.cannot("a configuration is that of no device ID")
	}
}

// reference returns a text in the form of an INF file.
func (d *decompiler) reference(text string) string {
	if _, ok := reference(text); ok {
		return text
	}
	return quoted(text)
}

// modelID returns IDs of a model that give the device ID its record.
func (d *decompiler) modelID(id string) string {
	v, err := d.registry.Value(systemDatabase+`\DeviceIds\`+id, d.PublishedName)
	if err != nil || len(v.Data) != 4 {
		d.cannot("device ID %s", id)
		return id
	}
	if v.Data[2] != 0 {
		d.cannot("device ID %s is one of several compatible IDs of a model", id)
	}
	switch v.Data[0] {
	case hardwareID:
		return quoted(id)
	case compatibleID:
		return "," + quoted(id)
	}
	return quoted(id) + "," + quoted(id)
}

func undecorated(section string) string {
	for _, suffix := range []string{".ntamd64", ".nt"} {
		if n := len(section) - len(suffix); n > 0 && strings.EqualFold(section[n:], suffix) {
			return section[:n]
		}
	}
	return section
}

// install writes the sections of a configuration.
func (d *decompiler) install(name string) {
	key := d.key + `\Configurations\` + name
	k, _ := d.records.Key(key)
	scope, _ := k.Number("ConfigScope")
	if flags, _ := k.Number("ConfigFlags"); flags != 0 || scope&^(scopeInstall|scopeHardware|scopeServices|scopeInterfaces|scopeWdf) != 0 {
		d.cannot("ConfigFlags %#x, ConfigScope %#x", flags, scope)
	}
	var regs strings.Builder
	d.line("[%s]", name)
	d.directive("Include", k.Texts("IncludedInfs"))
	d.directive("ExcludeID", k.Texts("ExcludeIds"))
	if k.Has("Reboot") {
		d.line("Reboot")
	}
	d.score(name)
	d.addReg(&regs, key+`\Driver`)
	d.properties(&regs, key, driverSet)
	if scope&scopeHardware != 0 {
		d.line("[%s.HW]", name)
		d.addReg(&regs, key+`\Device`)
		d.properties(&regs, key, deviceSet)
		for _, v := range k.Values {
			if nt.Equal(v.Name, "UpperFilters") || nt.Equal(v.Name, "LowerFilters") {
				d.regs++
				d.line("AddReg=R%d", d.regs)
				fmt.Fprintf(&regs, "[R%d]\n%s\n", d.regs, d.entry("", v))
			}
		}
	} else if len(d.records.Below(key+`\Device`)) > 0 {
		d.cannot("a device's values without its section")
	}
	d.interfaces(key, name, scope)
	d.services(&regs, key, k.Text("Service"), scope)
	d.text.WriteString(regs.String())
}

func (d *decompiler) directive(name string, list []string) {
	if len(list) > 0 {
		d.line("%s=%s", name, `"`+strings.Join(list, `","`)+`"`)
	}
}

// score writes the feature score that the device IDs of a configuration have.
func (d *decompiler) score(name string) {
	for _, id := range d.HardwareIDs {
		k, _ := d.records.Key(d.key + `\Descriptors\` + id)
		v, err := d.registry.Value(systemDatabase+`\DeviceIds\`+id, d.PublishedName)
		if err == nil && len(v.Data) == 4 && v.Data[1] != 0xff && nt.Equal(k.Text("Configuration"), name) {
			d.line("FeatureScore=%x", v.Data[1])
			return
		}
	}
}

func (d *decompiler) services(regs *strings.Builder, key, associated string, scope uint32) {
	names := d.records.Below(key + `\Services`)
	k, _ := d.records.Key(key)
	if k.Has("Service") && !slices.ContainsFunc(names, func(n string) bool { return nt.Equal(n, associated) }) {
		names = append(names, associated)
	}
	if scope&scopeServices == 0 {
		if len(names) > 0 {
			d.cannot("services without their section")
		}
		return
	}
	section := key[strings.LastIndexByte(key, '\\')+1:]
	d.line("[%s.Services]", section)
	for i, name := range names {
		flags := 0
		if nt.Equal(name, associated) {
			flags, name = 2, associated
		}
		d.line("AddService=%s,%d,%s.S%d", name, flags, section, i)
	}
	for i, name := range names {
		d.line("[%s.S%d]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%%12%%\\x.sys", section, i)
		d.addReg(regs, key+`\Services\`+name)
	}
	if scope&scopeWdf != 0 {
		d.line("[%s.Wdf]\nKmdfService=x,%s.K\n[%s.K]\nKmdfLibraryVersion=1.15", section, section, section)
	}
}

// properties writes the recorded properties of one set.
func (d *decompiler) properties(regs *strings.Builder, key, set string) {
	for _, name := range d.records.Below(key + `\Properties`) {
		for _, id := range d.records.Below(key + `\Properties\` + name) {
			path := `\Properties\` + name + `\` + id
			k, _ := d.records.Key(key + path)
			if len(k.Values) != 1 {
				d.cannot("property %s", path)
				continue
			}
			line, err := d.property(path, k.Values[0])
			if err != nil {
				d.cannot("property %s: %v", path, err)
			} else if strings.EqualFold(path[:len(set)], set) {
				d.regs++
				d.line("AddReg=R%d", d.regs)
				fmt.Fprintf(regs, "[R%d]\n%s\n", d.regs, line)
			}
		}
	}
}

// property returns the line of an INF that sets a property.
func (d *decompiler) property(path string, v image.Value) (string, error) {
	number := func(name string) (string, error) {
		return d.entry("", image.Value{Name: name, Type: hive.RegDword, Data: v.Data}), nil
	}
	switch path {
	case propertyPages:
		return d.entry("", image.Value{Name: "EnumPropPages32", Type: hive.RegSZ, Data: v.Data}), nil
	case characteristics:
		return number("DeviceCharacteristics")
	case deviceType:
		return number("DeviceType")
	case removalPolicy:
		return number("RemovalPolicy")
	case friendlyName:
		return d.indirect("FriendlyName", v)
	case slotName:
		return d.indirect("UINumberDescFormat", v)
	case security:
		text, err := sddl(v.Data)
		return d.entry("", image.Value{Name: "Security", Type: hive.RegSZ, Data: hive.EncodeString(text)}), err
	}
	return "", errors.New("it is not known what sets it")
}

// indirect returns the line of an INF that sets a value to one of its strings.
func (d *decompiler) indirect(name string, v image.Value) (string, error) {
	rest, ok := strings.CutPrefix(hive.DecodeString(v.Data), "@"+d.PublishedName+",%")
	token, text, found := strings.Cut(rest, "%;")
	if !ok || !found {
		return "", fmt.Errorf("text %q", hive.DecodeString(v.Data))
	}
	d.strings = append(d.strings, token+`="`+strings.ReplaceAll(text, `"`, `""`)+`"`)
	return "HKR,," + name + ",,%" + token + "%", nil
}

// sddl writes a descriptor that is an access control list only, with rights and
// accounts in numbers.
func sddl(data []byte) (string, error) {
	d, err := sd.Parse(data)
	if err != nil {
		return "", err
	}
	text := "D:"
	if d.Control&sd.DACLProtected != 0 {
		text += "P"
	}
	for _, a := range d.DACL.ACEs {
		if a.Type != sd.AccessAllowed || a.Flags != 0 {
			return "", fmt.Errorf("entry %+v", a)
		}
		account := "S-1"
		var authority uint64
		for _, b := range a.SID[2:8] {
			authority = authority<<8 | uint64(b)
		}
		account += fmt.Sprintf("-%d", authority)
		for i := 8; i < len(a.SID); i += 4 {
			account += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(a.SID[i:]))
		}
		text += fmt.Sprintf("(A;;%#x;;;%s)", a.Mask, account)
	}
	return text, nil
}

// interfaces writes the interface section.
func (d *decompiler) interfaces(key, name string, scope uint32) {
	classes := d.records.Below(key + `\Interfaces`)
	if scope&scopeInterfaces != 0 {
		d.line("[%s.Interfaces]", name)
		if len(classes) == 0 {
			d.cannot("a section of interfaces of which none is recorded")
		}
	}
	for _, class := range classes {
		d.line("AddInterface=%s", class)
		if values, _ := d.registry.Values(key + `\Interfaces\` + class); len(values)+len(d.records.Below(key+`\Interfaces\`+class)) > 0 {
			d.cannot("an interface with values")
		}
	}
}

// addReg writes a section of registry entries for a key and those below it.
func (d *decompiler) addReg(regs *strings.Builder, key string) {
	lines := d.entries(key, "")
	if len(lines) > 0 {
		d.regs++
		d.line("AddReg=R%d", d.regs)
		fmt.Fprintf(regs, "[R%d]\n%s\n", d.regs, strings.Join(lines, "\n"))
	}
}

func (d *decompiler) entries(key, below string) []string {
	var lines []string
	values, _ := d.registry.Values(joinKey(key, below))
	for _, v := range values {
		lines = append(lines, d.entry(below, v))
	}
	names := d.records.Below(joinKey(key, below))
	for _, name := range names {
		lines = append(lines, d.entries(key, strings.TrimPrefix(below+`\`+name, `\`))...)
	}
	if len(values) == 0 && len(names) == 0 && below != "" {
		lines = append(lines, "HKR,"+quoted(below)+",,0x10")
	}
	return lines
}

// entry returns a line that sets a value.
func (d *decompiler) entry(below string, v image.Value) string {
	flags, data := uint32(v.Type)>>16, ""
	switch flags {
	case 0, inf.RegNoClobber:
	case recordedAppend >> 16:
		flags = inf.RegAppend
	default:
		d.cannot("a value with flags %#x", flags)
	}
	switch hive.ValueType(v.Type & 0xffff) {
	case hive.RegSZ:
		data = quoted(hive.DecodeString(v.Data))
	case hive.RegExpandSZ:
		flags |= 0x20000
		data = quoted(hive.DecodeString(v.Data))
	case hive.RegMultiSZ:
		flags |= 0x10000
		var list []string
		for _, s := range hive.DecodeMultiString(v.Data) {
			list = append(list, quoted(s))
		}
		data = strings.Join(list, ",")
	case hive.RegDword:
		flags |= 0x10001
		data = fmt.Sprint(binary.LittleEndian.Uint32(v.Data))
	case hive.RegBinary:
		flags |= 1
		data = strings.Trim(strings.ReplaceAll(fmt.Sprintf("% x", v.Data), " ", ","), ",")
	default:
		d.cannot("a value of type %v", v.Type)
	}
	return fmt.Sprintf("HKR,%s,%s,%#x,%s", quoted(below), quoted(v.Name), flags, data)
}
