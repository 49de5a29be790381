package driverstore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
)

// property says how a value of an INF file is recorded as a property of the device.
type property struct {
	path string // below the configuration; empty for a value of the configuration itself
	kind hive.ValueType
}

// Types of properties (devpropdef.h: DEVPROP_TYPE_), with the mark of a property.
const (
	propertyNumber     = 0xffff0007
	propertyText       = 0xffff0012
	propertyDescriptor = 0xffff0013
	propertyIndirect   = 0xffff0019
)

// Properties of devices and drivers (devpkey.h).
const (
	deviceSet = `\Properties\{a45c254e-df1c-4efd-8020-67d146a850e0}`
	driverSet = `\Properties\{a8b865dd-2e3d-4094-ad97-e593a70c75d6}`

	friendlyName    = deviceSet + `\000E` // DEVPKEY_Device_FriendlyName
	security        = deviceSet + `\0019` // DEVPKEY_Device_Security
	deviceType      = deviceSet + `\001B` // DEVPKEY_Device_DevType
	characteristics = deviceSet + `\001D` // DEVPKEY_Device_Characteristics
	slotName        = deviceSet + `\001F` // DEVPKEY_Device_UINumberDescFormat
	removalPolicy   = deviceSet + `\0023` // DEVPKEY_Device_RemovalPolicyOverride
	propertyPages   = driverSet + `\000A` // DEVPKEY_Device_DriverPropPageProvider
)

// propertyOf returns the property that a registry entry for the device's or driver's key,
// \Device or \Driver, sets, if it sets one.
func propertyOf(key string, e *inf.RegEntry) (property, bool) {
	if e.Subkey != "" || e.Flags&inf.RegKeyOnly != 0 {
		return property{}, false
	}
	switch key + `\` + strings.ToLower(e.Name) {
	case `\Device\upperfilters`, `\Device\lowerfilters`:
		return property{"", hive.RegMultiSZ}, true
	case `\Device\friendlyname`:
		return property{friendlyName, propertyIndirect}, true
	case `\Device\security`:
		return property{security, propertyDescriptor}, true
	case `\Device\devicetype`:
		return property{deviceType, propertyNumber}, true
	case `\Device\devicecharacteristics`:
		return property{characteristics, propertyNumber}, true
	case `\Device\uinumberdescformat`:
		return property{slotName, propertyIndirect}, true
	case `\Device\removalpolicy`:
		return property{removalPolicy, propertyNumber}, true
	case `\Driver\enumproppages32`:
		return property{propertyPages, propertyText}, true
	}
	return property{}, false
}

// value returns the recorded value; published is the published name of the package's
// INF file.
func (p property) value(e *inf.RegEntry, published string) (image.Value, error) {
	kind, data, err := e.Data()
	if err != nil {
		return image.Value{}, err
	}
	want := hive.ValueType(hive.RegSZ)
	switch p.kind {
	case propertyNumber:
		want = hive.RegDword
	case hive.RegMultiSZ:
		want = hive.RegMultiSZ
	}
	if e.Flags&0xfffe != 0 || hive.ValueType(kind) != want {
		return image.Value{}, fmt.Errorf("%s is set with flags %#x", e.Name, e.Flags)
	}
	v := image.Value{Type: p.kind, Data: data}
	switch p.kind {
	case hive.RegMultiSZ:
		v.Name = e.Name
	case propertyDescriptor:
		v.Data, err = descriptor(hive.DecodeString(data))
	case propertyIndirect:
		token, ok := reference(e.Raw)
		if !ok {
			return v, errors.New("its text is not a string of the INF file")
		}
		v.Data = hive.EncodeString("@" + published + ",%" + token + "%;" + hive.DecodeString(data))
	}
	return v, err
}

// descriptor returns the recorded form of an access control list.
func descriptor(text string) ([]byte, error) {
	d, err := sd.ParseList(text)
	if err != nil {
		return nil, err
	}
	return d.Bytes()
}
