package driverstore

import (
	"strings"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Values of a package's record.
const (
	// statusFlags are the bits in the records of all known packages that did not come
	// with Windows. Some have more, of unknown meaning.
	statusFlags = 0x12

	// SIGNERSCORE_ of setupapi.h.
	scoreWHQL         = 0x0d000005
	scoreAuthenticode = 0x0f000000

	whqlSigner = "Microsoft Windows Hardware Compatibility Publisher"
)

// recorder makes the record of a package in the driver database.
type recorder struct {
	entries
	pkg       Import
	published string
	name      string // name of the package: INF file, architecture, hash
	database  string
	key       string // of the record
	reflected bool
	allScopes bool
	at        time.Time
}

// record makes the whole record.
func (r *recorder) record() error {
	r.key = r.database + `\DriverPackages\` + r.name
	if err := r.infFile(); err != nil {
		return err
	}
	r.main()
	r.deviceIDs()
	if !r.reflected {
		return nil
	}
	for _, in := range r.pkg.Package.Installs {
		if err := r.configuration(in); err != nil {
			return err
		}
	}
	r.descriptors()
	return nil
}

// infFile records the package of the published INF file.
func (r *recorder) infFile() error {
	key := r.database + `\DriverInfFiles\` + r.published
	if err := r.list(key, "", r.name); err != nil {
		return err
	}
	r.text(key, "Active", r.name)
	if r.reflected {
		return r.list(key, "Configurations", sections(r.pkg.Package)...)
	}
	return nil
}

// main records the package itself.
func (r *recorder) main() {
	v := &r.pkg.File.Version
	r.text(r.key, "", r.published)
	r.text(r.key, "Catalog", r.pkg.Package.Catalog)
	r.set(r.key, "ImportDate", hive.RegBinary, hive.EncodeUint64(uint64(nt.TimeOf(r.at))))
	r.text(r.key, "InfName", r.pkg.Name)
	if r.pkg.Origin != "" {
		r.text(r.key, "OemPath", r.pkg.Origin)
	}
	r.text(r.key, "Provider", v.Provider)
	r.text(r.key, "SignerName", r.pkg.Signer)
	score := uint32(scoreAuthenticode)
	if r.pkg.Signer == whqlSigner {
		score = scoreWHQL
	}
	r.number(r.key, "SignerScore", score)
	r.number(r.key, "StatusFlags", statusFlags)
	r.set(r.key, "Version", hive.RegBinary, r.version())
	if id, err := parseGUID(v.ExtensionID); err == nil {
		r.set(r.key, "ExtensionId", hive.RegBinary, id[:])
	}
}

func (r *recorder) version() []byte {
	v := &r.pkg.File.Version
	return version{
		arch: uint16(archNumber(r.pkg.Package.Target.Arch)), class: v.ClassGUID,
		date: v.DriverVer.Date, number: v.DriverVer.Version,
	}.bytes()
}

// Flags of a device ID: its position in a model of the package.
const (
	hardwareID   = 1
	compatibleID = 2
)

// deviceIDs records the devices that the package is for. Four bytes contain whether the
// ID is a hardware or compatible ID, the feature score of the section that installs it,
// and the position among the compatible IDs.
func (r *recorder) deviceIDs() {
	ids := map[string]*[4]byte{}
	var order []string
	for i := range r.pkg.Package.Models {
		m := &r.pkg.Package.Models[i]
		score := byte(0xff)
		if in := r.pkg.Package.Install(m); in != nil && in.FeatureScore != nil {
			score = *in.FeatureScore
		}
		for position, id := range append([]string{m.HardwareID}, m.CompatibleIDs...) {
			if id == "" {
				continue // a model without a hardware ID
			}
			folded := nt.Fold(id)
			data := ids[folded]
			if data == nil {
				data = &[4]byte{1: score}
				ids[folded] = data
				order = append(order, id)
			}
			mark(data, position)
		}
	}
	for _, id := range order {
		r.set(r.database+`\DeviceIds\`+id, r.published, hive.RegBinary, ids[nt.Fold(id)][:])
	}
	r.set(r.database+`\DeviceIds\`+strings.ToLower(r.pkg.File.Version.ClassGUID), r.published, hive.RegNone, nil)
}

// mark records that a model has the ID at a position.
func mark(data *[4]byte, position int) {
	if position == 0 {
		data[0] |= hardwareID
		return
	}
	position--
	before := int(data[2]) | int(data[3])<<8
	if data[0]&compatibleID == 0 || position < before {
		data[2], data[3] = byte(position), byte(position>>8)
	}
	data[0] |= compatibleID
}

// descriptors records the name and the installing section of each device.
func (r *recorder) descriptors() {
	r.make(r.key + `\Strings`)
	seen := map[string]bool{}
	for i := range r.pkg.Package.Models {
		m := &r.pkg.Package.Models[i]
		if len(m.IDs()) == 0 {
			continue // it exists only for its section, and has no record
		}
		description, manufacturer := r.localized(m.RawDescription, m.Description), r.localized(m.RawManufacturer, m.Manufacturer)
		for _, id := range m.IDs() {
			if seen[nt.Fold(id)] {
				continue
			}
			seen[nt.Fold(id)] = true
			key := r.key + `\Descriptors\` + id
			r.text(key, "Configuration", r.pkg.Package.Install(m).Section)
			r.text(key, "Description", description)
			r.text(key, "Manufacturer", manufacturer)
		}
	}
}

// localized returns the recorded form of a text: a lower-case reference to a string of
// the INF file, which is recorded with the package.
func (r *recorder) localized(raw, text string) string {
	token, ok := reference(raw)
	if !ok {
		return text
	}
	token = strings.ToLower(token)
	r.text(r.key+`\Strings`, token, text)
	return "%" + token + "%"
}

// reference returns the key of a text that consists only of a reference to a string.
func reference(raw string) (string, bool) {
	if len(raw) < 3 || raw[0] != '%' || raw[len(raw)-1] != '%' || strings.Contains(raw[1:len(raw)-1], "%") {
		return "", false
	}
	return raw[1 : len(raw)-1], true
}
