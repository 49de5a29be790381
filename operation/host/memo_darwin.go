package host

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// identity says which file it is, and when its content or its times were changed last.
func identity(_ string, info fs.FileInfo) (which string, changed time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}, false
	}
	changed = time.Unix(s.Ctimespec.Unix())
	return fmt.Sprint(s.Dev, " ", s.Ino, " ", changed.UnixNano()), changed, true
}
