package international

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// Zone is a time zone that an image knows.
type Zone struct {
	Name    string // W. Europe Standard Time
	Display string // (UTC+01:00) Amsterdam, Berlin, …
	Rules   []byte // REG_TZI_FORMAT; empty if the image has none that can be read

	standard, daylight string // names of the zone's two times, or where they are
}

// Zones returns the time zones of an image, in the order of its registry.
func Zones(s image.Session) ([]Zone, error) {
	r, err := regread.NewReader(s)
	if err != nil {
		return nil, err
	}
	names, err := r.Subkeys(zones)
	if err != nil {
		return nil, err
	}
	all := make([]Zone, len(names))
	for i, name := range names {
		k, _ := r.Key(zones + `\` + name)
		z := Zone{Name: name, Display: k.Text("Display"), standard: k.Text("MUI_Std"), daylight: k.Text("MUI_Dlt")}
		if z.standard == "" {
			z.standard = k.Text("Std")
		}
		if z.daylight == "" {
			z.daylight = k.Text("Dlt")
		}
		if rules := k.Bytes("TZI"); len(rules) == sizeOfRules {
			z.Rules = rules
		}
		all[i] = z
	}
	return all, nil
}

// iana.txt has a line for each time zone of the IANA database, with Windows' name
// (windowsZones of the Unicode CLDR).
//
//go:embed iana.txt
var ianaText string

// ByIANA returns Windows' name for a time zone of the IANA database, such as
// Europe/Berlin; upper and lower case do not matter.
func ByIANA(name string) (string, bool) {
	for line := range strings.Lines(ianaText) {
		if iana, windows, _ := strings.Cut(strings.TrimSpace(line), "\t"); strings.EqualFold(iana, name) {
			return windows, true
		}
	}
	return "", false
}

// sizeOfRules is the size of a REG_TZI_FORMAT: three biases in minutes, and two
// SYSTEMTIME ("TIME_ZONE_INFORMATION structure" in the documentation of Win32).
const sizeOfRules = 3*4 + 2*16

// SetTimeZone sets the time zone; z must have rules. It writes what Windows writes: the
// fields of DYNAMIC_TIME_ZONE_INFORMATION, with the times of the changes as the
// kernel's TIME_FIELDS. Windows computes which of the two times applies now.
func SetTimeZone(reg image.Registry, z Zone) error {
	bias := func(i int) uint32 { return binary.LittleEndian.Uint32(z.Rules[4*i:]) }
	binaryValue := func(name string, data []byte) error {
		return reg.SetValue(zone, image.Value{Name: name, Type: hive.RegBinary, Data: data})
	}
	if len(z.Rules) != sizeOfRules {
		return fmt.Errorf("time zone %q: the image has no rules for it", z.Name)
	}
	return errors.Join(
		setNumber(reg, zone, "Bias", bias(0)),
		setNumber(reg, zone, "StandardBias", bias(1)),
		setNumber(reg, zone, "DaylightBias", bias(2)),
		setNumber(reg, zone, "ActiveTimeBias", bias(0)+bias(1)),
		binaryValue("StandardStart", timeFields(z.Rules[12:28])),
		binaryValue("DaylightStart", timeFields(z.Rules[28:44])),
		setText(reg, zone, "StandardName", z.standard),
		setText(reg, zone, "DaylightName", z.daylight),
		setNumber(reg, zone, "DynamicDaylightTimeDisabled", 0),
		setText(reg, zone, "TimeZoneKeyName", z.Name),
	)
}

// timeFields converts a SYSTEMTIME to TIME_FIELDS: the day of the week, the third
// of the eight numbers, becomes the last.
func timeFields(t []byte) []byte {
	out := append([]byte{}, t[:4]...)
	out = append(out, t[6:16]...)
	return append(out, t[4:6]...)
}
