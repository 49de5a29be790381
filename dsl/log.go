package dsl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Log is the policy for logs. Zero fields leave it to gild.
type Log struct {
	Path    string // of the log, relative to the module's folder; empty: the error stream
	Level   string // trace, debug, info, warn, error or off
	MaxSize int64  // bytes at which a log is rotated
	Keep    int    // rotated files that are kept
	Runs    int    // folders of runs that are kept
	Range   hcl.Range
}

var logLevels = []string{"trace", "debug", "info", "warn", "error", "off"}

// log evaluates the block; nil if there is none.
func (s settings) log() *Log {
	h, at := s.head("log", hcl.AttributeSchema{Name: "path"}, hcl.AttributeSchema{Name: "level"},
		hcl.AttributeSchema{Name: "max_size"}, hcl.AttributeSchema{Name: "keep"}, hcl.AttributeSchema{Name: "runs"})
	if h == nil {
		return nil
	}
	log := &Log{
		Path: h.text("path"), Level: h.text("level"), MaxSize: h.size("max_size"),
		Keep: h.count("keep"), Runs: h.count("runs"), Range: at,
	}
	if log.Level != "" && !slices.Contains(logLevels, log.Level) {
		h.wrong("level", fmt.Sprintf("%q is no level; there is %s.", log.Level, strings.Join(logLevels, ", ")))
	}
	if log.Keep > 99 {
		h.wrong("keep", "It must not be more than 99.")
	}
	return log
}
