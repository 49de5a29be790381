package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/rotate"
)

// Defaults: the size at which a log is rotated, and how many rotated files are
// kept.
const (
	logMaxSize = 10 << 20
	logKeep    = 3
)

// logging says what is logged, and where.
type logging struct {
	level   hclog.Level
	json    bool
	path    string // empty: the error stream
	maxSize int64
	keep    int
}

// startLog starts the log that the environment asks for: GILD_LOG is a level, or
// json; GILD_LOG_PATH a file.
func (a *app) startLog() error {
	name, path := strings.ToLower(a.Getenv("GILD_LOG")), a.Getenv("GILD_LOG_PATH")
	if path != "" { // -chdir does not change what it means
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		path = abs
	}
	l := logging{level: hclog.LevelFromString(name), json: name == "json", path: path, maxSize: logMaxSize, keep: logKeep}
	if l.json {
		l.level = hclog.Trace
	}
	if l.level == hclog.NoLevel && name != "" {
		return fmt.Errorf("GILD_LOG is %q; it takes trace, debug, info, warn, error, off or json", name)
	}
	a.logging = l
	a.openLog()
	return nil
}

// configureLog changes the log to what the configuration says, unless the
// environment overrides it.
func (a *app) configureLog(c *dsl.Log) {
	if c == nil {
		return
	}
	l := a.logging
	if l.level == hclog.NoLevel {
		l.level = hclog.LevelFromString(cmp.Or(c.Level, "info"))
	}
	if l.path == "" {
		l.path = c.Path
	}
	l.maxSize, l.keep = cmp.Or(c.MaxSize, l.maxSize), cmp.Or(c.Keep, l.keep)
	a.KeepRuns = c.Runs
	if l != a.logging {
		a.logging = l
		a.openLog()
	}
}

// openLog opens the log. If that fails, it is reported, and work goes on.
func (a *app) openLog() {
	a.closeLog()
	l := a.logging
	a.LogLevel, a.LogPath = l.level, ""
	if l.level == hclog.NoLevel || l.level == hclog.Off {
		return
	}
	a.LogPath = l.path
	var out io.Writer = a.streams.Err
	if l.path != "" {
		w, err := openLogFile(l, a.logFailed)
		if err != nil {
			a.logFailed(fmt.Errorf("no log is written: %w", err))
			return
		}
		a.logFile, out = w, w
	}
	a.logSink = a.Secrets.Sink(hclog.NewSinkAdapter(&hclog.LoggerOptions{Level: l.level, Output: out, JSONFormat: l.json}))
	a.Log.RegisterSink(a.logSink)
}

func openLogFile(l logging, failed func(error)) (*rotate.Writer, error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o777); err != nil {
		return nil, err
	}
	return rotate.Open(l.path, rotate.Options{MaxSize: l.maxSize, Keep: l.keep, Failed: failed, Line: logLine})
}

// logLine is the form of a log's lines: text that begins with the time, or JSON
// objects.
var logLine = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}T|\{"@)`)

func (a *app) logFailed(err error) {
	a.screen().Warning(err.Error() + ". Everything else goes on.")
}

func (a *app) closeLog() {
	if a.logSink != nil {
		a.Log.DeregisterSink(a.logSink)
	}
	if a.logFile != nil {
		a.logFile.Close()
	}
	a.logSink, a.logFile = nil, nil
}
