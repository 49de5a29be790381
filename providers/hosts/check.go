package hosts

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gildhq/gild/providers"
)

// check refuses values that the file can't contain, and brings address and comment
// into canonical form.
func check(h *host, absent bool) error {
	errs := []error{checkName(h.Hostname)}
	if !absent {
		errs = append(errs, checkAddress(h), checkComment(h))
	}
	return errors.Join(errs...)
}

func checkName(name string) error {
	if detail := nameFault(name); detail != "" {
		return &providers.Problem{Attr: "hostname", Summary: "Invalid name of a host", Detail: fmt.Sprintf("%q %s.", name, detail)}
	}
	return nil
}

// nameFault says why a host name is invalid (RFC 952, RFC 1123 §2.1; Windows allows
// underscores).
func nameFault(name string) string {
	_, err := netip.ParseAddr(name)
	switch {
	case err == nil:
		return `is an address; the name goes here, the address into "address"`
	case len(name) > 253:
		return "is longer than 253 characters"
	case strings.Contains(name, "*"):
		return "holds a wildcard, which the file does not know; write one resource for each name"
	case strings.HasSuffix(name, "."):
		return "ends in a dot; names in the file are complete without it"
	case strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }):
		return `holds characters beyond ASCII; write the name as it is in DNS, beginning with "xn--"`
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "" || len(label) > 63:
			return "has an empty part between dots, or one of more than 63 characters"
		case strings.ContainsFunc(label, func(r rune) bool { return r != '-' && r != '_' && !isAlnum(r) }):
			return "holds a character that names can't have; they are made of letters, digits, hyphens and dots"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "has a part that begins or ends with a hyphen"
		}
	}
	return ""
}

func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func checkAddress(h *host) error {
	problem := func(format string, args ...any) error {
		return &providers.Problem{Attr: "address", Summary: "Invalid address", Detail: fmt.Sprintf(format, args...)}
	}
	if h.Address == nil {
		return problem("The address is missing.")
	}
	a, err := netip.ParseAddr(*h.Address)
	switch {
	case err != nil:
		return problem(`%q is no address, such as "10.0.0.1" or "fd00::1".`, *h.Address)
	case a.Zone() != "":
		return problem("%q names a network interface, which the file can't.", *h.Address)
	}
	text := a.String()
	h.Address = &text
	return nil
}

func checkComment(h *host) error {
	if h.Comment == nil {
		return nil
	}
	text := strings.TrimSpace(*h.Comment)
	if strings.ContainsFunc(text, unicode.IsControl) {
		return &providers.Problem{Attr: "comment", Summary: "Invalid comment", Detail: "A comment is one line, without tabs and other control characters."}
	}
	h.Comment = &text
	return nil
}
