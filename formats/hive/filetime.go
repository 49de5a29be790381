package hive

import "time"

// Filetime is a time in units of 100 ns since 1601-01-01 UTC, as hives and
// Windows hold it.
type Filetime uint64

// epoch is 1970-01-01 as a Filetime.
const epoch = 116444736000000000

// FiletimeOf converts a time, dropping what is below 100 ns. Times before 1601
// become 0.
func FiletimeOf(t time.Time) Filetime {
	ticks := t.Unix()*1e7 + int64(t.Nanosecond()/100) + epoch
	return Filetime(max(ticks, 0))
}

// Time converts to UTC. Values above 2^63 − 1 are taken as that.
func (f Filetime) Time() time.Time {
	ticks := int64(min(f, 1<<63-1)) - epoch
	return time.Unix(ticks/1e7, ticks%1e7*100).UTC()
}

// String gives the time in RFC 3339 form.
func (f Filetime) String() string { return f.Time().Format(time.RFC3339Nano) }
