package main

import (
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/go-hclog"
)

// logger returns the log that GILD_LOG (a level, or json) asks for, on stderr
// or at the end of the file GILD_LOG_PATH. The closer is to be called at the end.
func (a *app) logger() (hclog.Logger, func(), error) {
	name, path := a.getenv("GILD_LOG"), a.getenv("GILD_LOG_PATH")
	if name == "" {
		return hclog.NewNullLogger(), func() {}, nil
	}
	level, asJSON := hclog.LevelFromString(name), false
	if name == "json" || name == "JSON" {
		level, asJSON = hclog.Trace, true
	}
	if level == hclog.NoLevel {
		return nil, nil, fmt.Errorf("GILD_LOG is %q; it takes trace, debug, info, warn, error, off or json", name)
	}
	var out io.Writer = a.streams.Err
	closer := func() {}
	if path != "" {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("GILD_LOG_PATH: %w", err)
		}
		out, closer = f, func() { f.Close() }
	}
	return hclog.New(&hclog.LoggerOptions{Name: "gild", Level: level, Output: out, JSONFormat: asJSON}), closer, nil
}
