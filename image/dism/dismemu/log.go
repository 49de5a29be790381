package dismemu

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// maxLog is the size in bytes at which a log is rotated.
const maxLog = 20 << 20

// logPath returns the path of the log: /LogPath, or dism.log in the folder State.
func (r *run) logPath() string {
	if path, ok := r.args.get("LogPath"); ok {
		return path
	}
	return filepath.Join(r.State, "dism.log")
}

// log appends a line. It first renames a log that is too large to .bak, replacing an earlier
// one.
func (r *run) log(level, text string) {
	if !r.logs(level) {
		return
	}
	path := r.logPath()
	if st, err := os.Stat(path); err == nil && st.Size() > maxLog {
		_ = os.Rename(path, path+".bak") // if that fails the log keeps growing
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return // dism.exe continues without a log, too
	}
	defer f.Close()
	fmt.Fprintf(f, "%s, %-21s DISM   DISM.EXE: %s - PID=%d\r\n", r.now().Format("2006-01-02 15:04:05"), level, text, os.Getpid())
}

// logs reports whether /LogLevel includes a level: 1 is errors, 2 also warnings, 3 also
// information, 4 more.
func (r *run) logs(level string) bool {
	wanted := 3
	if s, ok := r.args.get("LogLevel"); ok {
		if n, err := strconv.Atoi(s); err == nil {
			wanted = n
		}
	}
	return map[string]int{"Error": 1, "Warning": 2, "Info": 3}[level] <= wanted
}

func (r *run) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}
