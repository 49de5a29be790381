package hive

import "unicode"

// upcase maps a UTF-16 code unit to upper case.
func upcase(c uint16) uint16 {
	if r := unicode.ToUpper(rune(c)); r < 0x10000 {
		return uint16(r)
	}
	return c
}
