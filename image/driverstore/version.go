package driverstore

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
)

// versionSize is the size of the value Version of a driver package.
const versionSize = 48

// version is the content of the value Version: class, date and version number from the
// [Version] section, and the architecture.
type version struct {
	arch   uint16 // PROCESSOR_ARCHITECTURE_ of winnt.h
	class  string // GUID, in braces and lower case; empty for none
	date   time.Time
	number [4]uint16
}

// parseVersion decodes a Version value. Microsoft does not document the layout; it was
// established from packages with known INF files:
//
//	0  2  either 00 FF or FF FF
//	2  2  architecture
//	4  4  0
//	8  16 class GUID
//	24 8  driver date, FILETIME
//	32 8  driver version, least significant part first
//	40 8  of unknown meaning
func parseVersion(b []byte) (version, error) {
	if len(b) != versionSize || b[1] != 0xff || b[0] != 0 && b[0] != 0xff || binary.LittleEndian.Uint32(b[4:]) != 0 {
		return version{}, fmt.Errorf("its Version has an unknown layout: %x", b[:min(len(b), versionSize)])
	}
	v := version{
		arch: binary.LittleEndian.Uint16(b[2:]),
		date: nt.Time(binary.LittleEndian.Uint64(b[24:])).Time(),
	}
	if [16]byte(b[8:24]) != [16]byte{} {
		v.class = guid(b[8:24])
	}
	for i := range v.number {
		v.number[i] = binary.LittleEndian.Uint16(b[38-2*i:])
	}
	return v, nil
}

// guid formats a GUID ([MS-DTYP] §2.3.4) in the form of registry keys.
func guid(b []byte) string {
	le := binary.LittleEndian
	return fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:16])
}

// parseGUID is the reverse of [guid]; letters may be of either case.
func parseGUID(s string) (b [16]byte, err error) {
	digits := strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 16 || len(s) != 38 {
		return b, fmt.Errorf("%q is not a GUID in braces", s)
	}
	copy(b[:], raw)
	slices.Reverse(b[:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	return b, nil
}

// bytes encodes the version as in the records of packages that did not come with
// Windows. The last 8 bytes are 0, as in all known ones.
func (v version) bytes() []byte {
	b := make([]byte, versionSize)
	b[1] = 0xff
	binary.LittleEndian.PutUint16(b[2:], v.arch)
	class, _ := parseGUID(v.class)
	copy(b[8:], class[:])
	binary.LittleEndian.PutUint64(b[24:], uint64(nt.TimeOf(v.date)))
	for i, n := range v.number {
		binary.LittleEndian.PutUint16(b[38-2*i:], n)
	}
	return b
}

// String returns the version number in dotted form.
func (v version) String() string {
	return fmt.Sprintf("%d.%d.%d.%d", v.number[0], v.number[1], v.number[2], v.number[3])
}

// archName returns the name of an architecture in driver packages; empty if it is not
// known.
func archName(arch uint16) string {
	switch arch {
	case 0:
		return "x86"
	case 5:
		return "arm"
	case 9:
		return "amd64"
	case 12:
		return "arm64"
	}
	return ""
}

// archNumber is the reverse of [archName]; negative for an architecture that no driver
// package of an image can have.
func archNumber(arch inf.Arch) int {
	switch arch {
	case inf.X86:
		return 0
	case inf.ARM:
		return 5
	case inf.AMD64:
		return 9
	case inf.ARM64:
		return 12
	}
	return -1
}
