package view

import (
	"fmt"

	"github.com/gildhq/gild/operation/modules"
)

// PrintModules prints which modules a configuration uses.
func PrintModules(s *Screen, pins modules.Pins) {
	for _, p := range pins {
		line := p.Source
		if p.Version != "" {
			line += fmt.Sprintf(" %s: %s", p.Constraint, p.Version)
		}
		s.Line(line)
		if p.Revision != "" {
			s.Line("  revision " + p.Revision)
		}
		s.Line("  sha256:" + p.SHA256)
	}
	switch len(pins) {
	case 0:
		s.Line("The configuration has no modules to fetch.")
	case 1:
		s.Line("1 module is on this machine.")
	default:
		s.Line(fmt.Sprintf("%d modules are on this machine.", len(pins)))
	}
}
