package nt

import "time"

// Time is a FILETIME: a time in units of 100 ns since 1601-01-01 UTC; 0 is none
// ([MS-DTYP] §2.3.3).
type Time uint64

// epoch is 1970-01-01 as a Time.
const epoch = 116444736000000000

// TimeOf converts a time, dropping what is below 100 ns. The zero time and times
// before 1601 give 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(max(t.Unix()*1e7+int64(t.Nanosecond()/100)+epoch, 0))
}

// Time converts to UTC; 0 gives the zero time. Values above 2^63 − 1 are taken as that.
func (t Time) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	ticks := int64(min(t, 1<<63-1)) - epoch
	return time.Unix(ticks/1e7, ticks%1e7*100).UTC()
}

// String gives the time in RFC 3339 form, or "none".
func (t Time) String() string {
	if t == 0 {
		return "none"
	}
	return t.Time().Format(time.RFC3339Nano)
}
