package inf

import (
	"fmt"
	"strconv"
	"strings"
)

// parseUint reads a number, decimal or hexadecimal with 0x. A negative number
// is taken for its 32-bit two's complement.
func parseUint(text string) (uint32, error) {
	digits, base := strings.TrimSpace(text), 10
	if hex := strings.ToLower(digits); strings.HasPrefix(hex, "0x") {
		digits, base = digits[2:], 16
	}
	if n, err := strconv.ParseUint(digits, base, 32); err == nil {
		return uint32(n), nil
	}
	if n, err := strconv.ParseInt(digits, 10, 32); err == nil && base == 10 {
		return uint32(n), nil
	}
	return 0, fmt.Errorf("%s is not a number of 32 bits", quote(text))
}

// number reads an optional number of a line.
func (p *problems) number(l *Line, i int, what string) uint32 {
	if l == nil || l.Value(i) == "" {
		return 0
	}
	n, err := parseUint(l.Value(i))
	if err != nil {
		p.add(l.Number, BadValue, "%s: %v", what, err)
	}
	return n
}
