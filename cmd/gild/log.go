package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// openLog starts the log that GILD_LOG (a level, or json) asks for: on the error
// stream, or at the end of the file GILD_LOG_PATH.
func (a *app) openLog() error {
	name, path := strings.ToLower(a.getenv("GILD_LOG")), a.getenv("GILD_LOG_PATH")
	if name == "" {
		return nil
	}
	level, asJSON := hclog.LevelFromString(name), name == "json"
	if asJSON {
		level = hclog.Trace
	}
	if level == hclog.NoLevel {
		return fmt.Errorf("GILD_LOG is %q; it takes trace, debug, info, warn, error, off or json", name)
	}
	var out io.Writer = a.streams.Err
	if path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("GILD_LOG_PATH: %w", err)
		}
		a.logFile, out = f, f
	}
	a.log = hclog.New(&hclog.LoggerOptions{Name: "gild", Level: level, Output: out, JSONFormat: asJSON})
	return nil
}

func (a *app) closeLog() {
	if a.logFile != nil {
		a.logFile.Close()
	}
}
