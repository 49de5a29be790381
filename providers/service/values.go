package service

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// The values of a service's key and their meaning: Windows SDK, winsvc.h and winnt.h
// (SERVICE_BOOT_START …), and "HKLM\SYSTEM\CurrentControlSet\Services Registry Tree" in the
// documentation of Windows drivers.

type code struct {
	name   string
	number uint32
}

func starts() []code {
	return []code{{"boot", 0}, {"system", 1}, {"auto", 2}, {"manual", 3}, {"disabled", 4}}
}

// delayedAuto is auto with an additional value
const delayedAuto = "delayed_auto"

func types() []code {
	return []code{
		{"own_process", 0x10}, {"share_process", 0x20}, {"user_own_process", 0x50}, {"user_share_process", 0x60},
		{"kernel_driver", 0x1}, {"file_system_driver", 0x2},
	}
}

func errorControls() []code {
	return []code{{"ignore", 0}, {"normal", 1}, {"severe", 2}, {"critical", 3}}
}

func isDriver(typ string) bool { return typ == "kernel_driver" || typ == "file_system_driver" }

func names(codes []code) []string {
	list := make([]string, len(codes))
	for i, c := range codes {
		list[i] = c.name
	}
	return list
}

func startNames() []string { return append(names(starts()), delayedAuto) }
func typeNames() []string  { return names(types()) }
func errorNames() []string { return names(errorControls()) }

func numberOf(codes []code, name string) uint32 {
	for _, c := range codes {
		if c.name == name {
			return c.number
		}
	}
	panic("service: " + name + " was not checked") // the schema allows no others
}

// nameOf returns the name of a number; a number without a name is shown as it is.
func nameOf(codes []code, n uint32) string {
	for _, c := range codes {
		if c.number == n {
			return c.name
		}
	}
	return fmt.Sprintf("%#x", n)
}

// values returns the registry values that the author decides on, in a fixed order. Those without
// data are to be absent.
func (s *service) values() []image.Value {
	var list []image.Value
	add := func(name string, t hive.ValueType, data []byte) {
		list = append(list, image.Value{Name: name, Type: t, Data: data})
	}
	number := func(name string, p *string, codes []code) {
		if p != nil {
			add(name, hive.RegDword, hive.EncodeUint32(numberOf(codes, *p)))
		}
	}
	text := func(name string, t hive.ValueType, p *string) {
		if p != nil {
			add(name, t, textData(*p))
		}
	}
	texts := func(name string, list []string) {
		if list != nil {
			add(name, hive.RegMultiSZ, listData(list))
		}
	}
	number("Type", s.Type, types())
	if s.Start != nil {
		start, delayed := *s.Start, []byte(nil)
		if start == delayedAuto {
			start, delayed = "auto", hive.EncodeUint32(1)
		}
		number("Start", &start, starts())
		add("DelayedAutostart", hive.RegDword, delayed)
	}
	number("ErrorControl", s.Error, errorControls())
	text("ImagePath", hive.RegExpandSZ, s.BinaryPath)
	text("DisplayName", hive.RegSZ, s.DisplayName)
	text("Description", hive.RegSZ, s.Description)
	text("ObjectName", hive.RegSZ, s.Account)
	text("Group", hive.RegSZ, s.Group)
	texts("DependOnService", s.Services)
	texts("DependOnGroup", s.Groups)
	texts("RequiredPrivileges", s.Privileges)
	return list
}

// textData returns nil for an empty string, which means that there is no value.
func textData(s string) []byte {
	if s == "" {
		return nil
	}
	return hive.EncodeString(s)
}

func listData(list []string) []byte {
	if len(list) == 0 {
		return nil
	}
	data, err := hive.EncodeMultiString(list)
	if err != nil {
		panic("service: list was not checked: " + err.Error())
	}
	return data
}

// decode returns the service from the values of its key.
func decode(name string, values []image.Value) *service {
	s := &service{Name: name}
	empty := ""
	s.DisplayName, s.Description, s.Group = &empty, &empty, &empty
	s.Services, s.Groups, s.Privileges = []string{}, []string{}, []string{}
	delayed := false
	for _, v := range values {
		switch strings.ToUpper(v.Name) {
		case "TYPE":
			s.Type = codeOf(v, types())
		case "START":
			s.Start = codeOf(v, starts())
		case "DELAYEDAUTOSTART":
			n, err := v.Uint32()
			delayed = err == nil && n != 0
		case "ERRORCONTROL":
			s.Error = codeOf(v, errorControls())
		case "IMAGEPATH":
			s.BinaryPath = textOf(v)
		case "DISPLAYNAME":
			s.DisplayName = textOf(v)
		case "DESCRIPTION":
			s.Description = textOf(v)
		case "OBJECTNAME":
			s.Account = textOf(v)
		case "GROUP":
			s.Group = textOf(v)
		case "DEPENDONSERVICE":
			s.Services = listOf(v)
		case "DEPENDONGROUP":
			s.Groups = listOf(v)
		case "REQUIREDPRIVILEGES":
			s.Privileges = listOf(v)
		}
	}
	if delayed && s.Start != nil && *s.Start == "auto" {
		*s.Start = delayedAuto
	}
	return s
}

// codeOf returns the name of a number, or nil if the value is not a number.
func codeOf(v image.Value, codes []code) *string {
	n, err := v.Uint32()
	if err != nil {
		return nil
	}
	name := nameOf(codes, n)
	return &name
}

func textOf(v image.Value) *string {
	s, err := v.Text()
	if err != nil {
		return nil
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return &s
}

func listOf(v image.Value) []string {
	list, err := v.MultiText()
	if err != nil {
		return nil
	}
	if list == nil {
		list = []string{}
	}
	for i := range list {
		list[i] = strings.ToValidUTF8(list[i], "\uFFFD")
	}
	return list
}
