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

// logPath returns the name of the log: that of /LogPath, or dism.log in the state.
func (r *run) logPath() string {
	if path, ok := r.args.get("LogPath"); ok {
		return path
	}
	return filepath.Join(r.State, "dism.log")
}

// log appends a line. A log that has grown too large gets .bak behind its name,
// in place of the last one of that name.
func (r *run) log(level, text string) {
	if !r.logs(level) {
		return
	}
	path := r.logPath()
	if st, err := os.Stat(path); err == nil && st.Size() > maxLog {
		_ = os.Rename(path, path+".bak") // what can't be renamed goes on growing
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return // dism.exe goes on without a log, too
	}
	defer f.Close()
	fmt.Fprintf(f, "%s, %-21s DISM   DISM.EXE: %s - PID=%d\r\n", r.now().Format("2006-01-02 15:04:05"), level, text, os.Getpid())
}

// logs reports whether lines of the level are wanted: /LogLevel is 1 for errors, 2
// for warnings, too, 3 for everything, 4 for more.
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
