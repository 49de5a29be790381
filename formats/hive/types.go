package hive

import "fmt"

// ValueType is the type of a value's data. Any number can occur.
type ValueType uint32

// The registry's own types ([MS-RRP] §3.1.1.5, winnt.h).
const (
	RegNone                     ValueType = 0
	RegSZ                       ValueType = 1
	RegExpandSZ                 ValueType = 2
	RegBinary                   ValueType = 3
	RegDword                    ValueType = 4
	RegDwordBigEndian           ValueType = 5
	RegLink                     ValueType = 6
	RegMultiSZ                  ValueType = 7
	RegResourceList             ValueType = 8
	RegFullResourceDescriptor   ValueType = 9
	RegResourceRequirementsList ValueType = 10
	RegQword                    ValueType = 11
)

// typeNames are the names of the types in winnt.h, by number.
func typeNames() [12]string {
	return [12]string{
		"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN",
		"REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR",
		"REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD",
	}
}

// String gives the name in winnt.h, or the number in hexadecimal.
func (t ValueType) String() string {
	if names := typeNames(); int64(t) < int64(len(names)) {
		return names[t]
	}
	return fmt.Sprintf("%#08x", uint32(t))
}
