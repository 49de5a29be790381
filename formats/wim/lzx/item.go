package lzx

import "math/bits"

// An item is a literal or a match with all that its symbols need: the main
// symbol in bits 0–9, the length symbol in bits 10–17, the extra bits of the
// offset from bit 18 on.
type item uint64

const (
	lengthShift = 10
	extraShift  = 18
)

func literalItem(b byte) item { return item(b) }

// matchItem returns the item for a match of the given length; s and extra are
// those of its offset.
func matchItem(length, s int, extra uint32) item {
	header := length - minMatch
	symbol := item(0)
	if header >= lengthHeaderMax {
		symbol = item(header - lengthHeaderMax)
		header = lengthHeaderMax
	}
	return item(extra)<<extraShift | symbol<<lengthShift | item(numLiterals+s*numLengthHeaders+header)
}

func (it item) main() int         { return int(it & (1<<lengthShift - 1)) }
func (it item) isLiteral() bool   { return it.main() < numLiterals }
func (it item) slot() int         { return (it.main() - numLiterals) / numLengthHeaders }
func (it item) hasLength() bool   { return it.main()%numLengthHeaders == lengthHeaderMax }
func (it item) lengthSymbol() int { return int(it >> lengthShift & 0xFF) }
func (it item) extra() uint32     { return uint32(it >> extraShift) }

// slotOf returns the slot of an offset that is not a recent one, and the value
// of its extra bits.
func slotOf(offset int) (s int, extra uint32) {
	adjusted := uint32(offset + offsetAdjust)
	if adjusted >= slots[36].base {
		s = 34 + int(adjusted>>17)
	} else {
		log := bits.Len32(adjusted) - 1
		s = 2*log + int(adjusted>>(log-1)&1)
	}
	return s, adjusted - slots[s].base
}

// size returns the number of bytes the item stands for.
func (it item) size() int {
	switch {
	case it.isLiteral():
		return 1
	case it.hasLength():
		return minMatch + lengthHeaderMax + it.lengthSymbol()
	default:
		return minMatch + it.main()%numLengthHeaders
	}
}
