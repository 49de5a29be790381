package hive

import (
	"encoding/binary"
	"fmt"

	"github.com/gildhq/gild/formats/nt"
)

// Layout of the base block (regf "Base block").
const (
	baseSize = 4096 // bytes before the hive bins

	basePrimary     = 4
	baseSecondary   = 8
	baseWritten     = 12
	baseMajor       = 20
	baseMinor       = 24
	baseType        = 28
	baseFormat      = 32
	baseRoot        = 36
	baseBinsSize    = 40
	baseCluster     = 44
	baseName        = 48
	baseNameSize    = 64
	baseFlags       = 144
	baseChecksum    = 508
	baseSector      = 512 // the part of the base block that logs repeat
	baseThaw        = 4040
	baseBootType    = 4088
	baseBootRecover = 4092
)

// File types of a base block.
const (
	typePrimary = 0
	typeLog     = 1
	typeLogOld  = 2 // Windows 2000 and before
	typeLogNew  = 6
)

var le = binary.LittleEndian

// baseBlock is a file header of baseSize bytes, or the first sector of one.
type baseBlock []byte

func (b baseBlock) field(offset int) uint32       { return le.Uint32(b[offset:]) }
func (b baseBlock) setField(offset int, v uint32) { le.PutUint32(b[offset:], v) }
func (b baseBlock) written() nt.Time              { return nt.Time(le.Uint64(b[baseWritten:])) }
func (b baseBlock) setWritten(t nt.Time)          { le.PutUint64(b[baseWritten:], uint64(t)) }
func (b baseBlock) sealed() bool                  { return b.field(baseChecksum) == b.checksum() }
func (b baseBlock) seal()                         { b.setField(baseChecksum, b.checksum()) }
func (b baseBlock) settled() bool                 { return b.field(basePrimary) == b.field(baseSecondary) }
func (b baseBlock) sequence() uint32              { return max(b.field(basePrimary), b.field(baseSecondary)) }

// checksum is the XOR-32 of the first 508 bytes (regf "Base block", note 2).
func (b baseBlock) checksum() uint32 {
	var sum uint32
	for i := 0; i < baseChecksum; i += 4 {
		sum ^= b.field(i)
	}
	switch sum {
	case 0xffffffff:
		return 0xfffffffe
	case 0:
		return 1
	}
	return sum
}

// hasSignature reports whether the bytes can be a base block.
func hasSignature(data []byte) bool {
	return len(data) >= baseSector && string(data[:4]) == "regf"
}

// check refuses what this package can't read.
func (b baseBlock) check() error {
	if major, minor := b.field(baseMajor), b.field(baseMinor); major != 1 || minor < 3 || minor > 6 {
		return fmt.Errorf("%w: version %d.%d is not supported (1.3 to 1.6 are)", ErrFormat, major, minor)
	}
	if t := b.field(baseType); t != typePrimary {
		return fmt.Errorf("%w: file type %d: this is a transaction log, not a hive", ErrFormat, t)
	}
	if f := b.field(baseFormat); f != 1 {
		return fmt.Errorf("%w: file format %d is not supported", ErrFormat, f)
	}
	return nil
}

// dirt says why the hive of this base block needs its logs, or nothing.
func (b baseBlock) dirt() string {
	switch {
	case !b.sealed():
		return fmt.Sprintf("checksum of the base block is %#x instead of %#x", b.field(baseChecksum), b.checksum())
	case !b.settled():
		return fmt.Sprintf("sequence numbers differ (primary %d, secondary %d)", b.field(basePrimary), b.field(baseSecondary))
	}
	return ""
}
