package dsl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Log says where gild writes a log, and what. What is zero is left to gild.
type Log struct {
	Path    string // of the log, relative to the module's folder; empty: the error stream
	Level   string // trace, debug, info, warn, error or off
	MaxSize int64  // bytes from which a log is put aside
	Keep    int    // predecessors that are kept
	Runs    int    // folders of runs that are kept
	Range   hcl.Range
}

var logLevels = []string{"trace", "debug", "info", "warn", "error", "off"}

// declareLog takes down the block, of which a module has one.
func (l *loader) declareLog(block *hcl.Block) {
	if l.log != nil {
		l.errorAt(block.DefRange, "Duplicate log block", fmt.Sprintf("A configuration has one log block; there is one at %s.", l.log.DefRange))
		return
	}
	l.log = block
}

// evalLog evaluates the block; nil if there is none.
func (l *loader) evalLog() *Log {
	if l.log == nil {
		return nil
	}
	content, diags := l.log.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{
		{Name: "path"}, {Name: "level"}, {Name: "max_size"}, {Name: "keep"}, {Name: "runs"},
	}})
	l.report(diags)
	h := &head{loader: l, attrs: content.Attributes, ctx: l.scope}
	log := &Log{
		Path: h.text("path"), Level: h.text("level"), MaxSize: h.size("max_size"),
		Keep: h.count("keep"), Runs: h.count("runs"), Range: l.log.DefRange,
	}
	if log.Level != "" && !slices.Contains(logLevels, log.Level) {
		h.wrong("level", fmt.Sprintf("%q is no level; there is %s.", log.Level, strings.Join(logLevels, ", ")))
	}
	if log.Keep > 99 {
		h.wrong("keep", "It must not be more than 99.")
	}
	return log
}
