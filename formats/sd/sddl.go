package sd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// ErrText is the category of all errors of [ParseList].
var ErrText = errors.New("no access control list that is known")

// ParseList reads a descriptor that is nothing but an access control list, in the
// security descriptor definition language ([MS-DTYP] §2.5.1): D:P(A;;GA;;;SY).
// Entries that allow and deny are known, rights and accounts that mean the same
// on every computer, and the flag P.
func ParseList(text string) (*Descriptor, error) {
	rest := strings.TrimSpace(text)
	if !nt.HasPrefix(rest, "D:") {
		return nil, fmt.Errorf("%w: it must begin with D: and not %q", ErrText, text)
	}
	d := &Descriptor{Control: SelfRelative | DACLPresent, DACL: &ACL{Revision: 2}}
	if rest = rest[len("D:"):]; nt.HasPrefix(rest, "P") {
		d.Control |= DACLProtected
		rest = rest[len("P"):]
	}
	for rest != "" {
		entry, after, closed := strings.Cut(rest, ")")
		if !closed || !strings.HasPrefix(entry, "(") {
			return nil, fmt.Errorf("%w: %q is no entry in parentheses", ErrText, rest)
		}
		ace, err := parseEntry(entry[1:])
		if err != nil {
			return nil, err
		}
		d.DACL.ACEs = append(d.DACL.ACEs, ace)
		rest = after
	}
	if _, err := d.Bytes(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrText, err)
	}
	return d, nil
}

// parseEntry reads type;flags;rights;object;inherited object;account.
func parseEntry(text string) (ACE, error) {
	fields := strings.Split(text, ";")
	if len(fields) != 6 || fields[3] != "" || fields[4] != "" {
		return ACE{}, fmt.Errorf("%w: entry (%s) is not type;flags;rights;;;account", ErrText, text)
	}
	for i := range fields {
		fields[i] = strings.ToUpper(strings.TrimSpace(fields[i]))
	}
	var a ACE
	switch fields[0] {
	case "A":
		a.Type = AccessAllowed
	case "D":
		a.Type = AccessDenied
	default:
		return ACE{}, fmt.Errorf("%w: type %q in entry (%s)", ErrText, fields[0], text)
	}
	var err error
	flags, err := letters(fields[1], heritable)
	if err == nil {
		a.Flags = ACEFlags(flags)
		a.Mask, err = parseRights(fields[2])
	}
	if err == nil {
		a.SID, err = parseAccount(fields[5])
	}
	if err != nil {
		return ACE{}, fmt.Errorf("%w in entry (%s)", err, text)
	}
	return a, nil
}

// letters joins what pairs of letters stand for.
func letters(text string, known map[string]uint32) (uint32, error) {
	var all uint32
	for i := 0; i < len(text); i += 2 {
		pair := text[i:min(i+2, len(text))]
		bits, ok := known[pair]
		if !ok {
			return 0, fmt.Errorf("%w: %q", ErrText, pair)
		}
		all |= bits
	}
	return all, nil
}

func parseRights(text string) (uint32, error) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return letters(text, rightsOf)
	}
	n, err := strconv.ParseUint(strings.ToLower(text), 0, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: rights %q", ErrText, text)
	}
	return uint32(n), nil
}

// parseAccount reads the letters of an account, or S-1-5-18.
func parseAccount(text string) (SID, error) {
	if full, ok := accounts[text]; ok {
		text = full
	}
	parts := strings.Split(text, "-")
	if len(parts) < 4 || len(parts) > 3+15 || parts[0] != "S" || parts[1] != "1" {
		return nil, fmt.Errorf("%w: account %q", ErrText, text)
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	if err != nil {
		return nil, fmt.Errorf("%w: account %q", ErrText, text)
	}
	s := SID{1, byte(len(parts) - 3)}
	for shift := 40; shift >= 0; shift -= 8 {
		s = append(s, byte(authority>>shift))
	}
	for _, part := range parts[3:] {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: account %q", ErrText, text)
		}
		s = le.AppendUint32(s, uint32(n))
	}
	return s, nil
}

var heritable = map[string]uint32{"OI": uint32(ObjectInherit), "CI": uint32(ContainerInherit), "NP": uint32(NoPropagate), "IO": uint32(InheritOnly)}

// rightsOf are the generic and standard rights, those of files, keys and directory
// objects ([MS-DTYP] §2.5.1.1).
var rightsOf = map[string]uint32{
	"GA": 0x10000000, "GX": 0x20000000, "GW": 0x40000000, "GR": 0x80000000,
	"SD": 0x10000, "RC": 0x20000, "WD": 0x40000, "WO": 0x80000,
	"CC": 0x1, "DC": 0x2, "LC": 0x4, "SW": 0x8, "RP": 0x10, "WP": 0x20, "DT": 0x40, "LO": 0x80, "CR": 0x100,
	"FA": 0x1f01ff, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200a0,
	"KA": 0xf003f, "KR": 0x20019, "KW": 0x20006, "KX": 0x20019,
}

// accounts are those that are the same on every computer ([MS-DTYP] §2.4.2.4 and
// §2.5.1.1).
var accounts = map[string]string{
	"WD": "S-1-1-0", "CO": "S-1-3-0", "CG": "S-1-3-1", "OW": "S-1-3-4",
	"NU": "S-1-5-2", "IU": "S-1-5-4", "SU": "S-1-5-6", "AN": "S-1-5-7", "ED": "S-1-5-9", "PS": "S-1-5-10", "AU": "S-1-5-11", "RC": "S-1-5-12",
	"SY": "S-1-5-18", "LS": "S-1-5-19", "NS": "S-1-5-20",
	"BA": "S-1-5-32-544", "BU": "S-1-5-32-545", "BG": "S-1-5-32-546", "PU": "S-1-5-32-547", "AO": "S-1-5-32-548", "SO": "S-1-5-32-549",
	"PO": "S-1-5-32-550", "BO": "S-1-5-32-551", "RE": "S-1-5-32-552", "RU": "S-1-5-32-554", "RD": "S-1-5-32-555", "NO": "S-1-5-32-556",
	"MU": "S-1-5-32-558", "LU": "S-1-5-32-559", "IS": "S-1-5-32-568", "CY": "S-1-5-32-569", "ER": "S-1-5-32-573",
	"RM": "S-1-5-32-580", "WR": "S-1-5-33", "AC": "S-1-15-2-1", "UD": "S-1-5-84-0-0-0-0-0",
}
