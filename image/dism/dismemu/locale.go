package dismemu

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// locale is the format of numbers and dates on the host, which /English does not change.
type locale struct {
	group, decimal string
	date           string // layouts of package time
	short, long    string // times of day
}

// localeOf returns the locale of a tag.
func localeOf(tag string) (locale, error) {
	switch strings.ToLower(tag) {
	case "", "en-us":
		return locale{",", ".", "1/2/2006", "3:04 PM", "3:04:05 PM"}, nil
	case "en-gb":
		return locale{",", ".", "02/01/2006", "15:04", "15:04:05"}, nil
	case "de-de":
		return locale{".", ",", "02.01.2006", "15:04", "15:04:05"}, nil
	case "es-es":
		return locale{".", ",", "02/01/2006", "15:04", "15:04:05"}, nil
	}
	return locale{}, fmt.Errorf("locale %q is none of en-US, en-GB, de-DE, es-ES", tag)
}

// bytes formats a size with all digits.
func (l locale) bytes(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), l.group) + " bytes"
}

// day formats a date; empty for none.
func (l locale) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(l.date)
}

// moment formats a date and time; empty for none.
func (l locale) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(l.date + " " + l.short)
}

// stamp formats a time as in the information about an image.
func (l locale) stamp(t time.Time) string { return t.Format(l.date + " - " + l.long) }
