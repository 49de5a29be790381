package view

import (
	"fmt"

	"github.com/gildhq/gild/image/health"
)

// Verification is what verify finds.
type Verification struct {
	FormatVersion string     `json:"format_version"`
	Path          string     `json:"path"`
	Whole         bool       `json:"whole"`
	Images        []Verified `json:"images"`
}

// Verified is the result for one image.
type Verified struct {
	Index  int       `json:"index,omitempty"` // 0: a folder
	Whole  bool      `json:"whole"`
	Checks []Checked `json:"checks"`
	Faults []Fault   `json:"faults"`
	Notes  []string  `json:"notes"`
}

// Checked is an area of an image that was checked.
type Checked struct {
	Area   health.Area `json:"area"`
	Looked int         `json:"looked"` // number of things checked
	Faults int         `json:"faults"`
	things string
}

// Fault is one thing that is wrong with an image.
type Fault struct {
	Area   health.Area `json:"area"`
	Thing  string      `json:"thing"`
	Detail string      `json:"detail"`
	Remedy string      `json:"remedy"`
}

// Add adds the result for the image with that number.
func (v *Verification) Add(index int, r health.Report) {
	image := Verified{Index: index, Whole: true, Checks: []Checked{}, Faults: []Fault{}, Notes: list(r.Notes)}
	for _, result := range r.Results {
		image.Checks = append(image.Checks, Checked{result.Area, result.Looked, len(result.Findings), result.Things})
	}
	for _, f := range r.Findings() {
		image.Faults = append(image.Faults, Fault{f.Area, f.Thing, f.Detail, f.Remedy})
		image.Whole, v.Whole = false, false
	}
	v.Images = append(v.Images, image)
}

// Print prints what was checked, and the faults after it.
func (v Verification) Print(s *Screen) {
	for n, image := range v.Images {
		if n > 0 {
			s.out.printf("\n")
		}
		title := v.Path
		if image.Index > 0 {
			title = fmt.Sprintf("%s:%d", v.Path, image.Index)
		}
		s.out.printf("%s\n", s.out.paint(bold, title))
		var rows [][]string
		for _, c := range image.Checks {
			rows = append(rows, []string{string(c.Area), c.text()})
		}
		s.out.rows("  ", rows)
		image.printFaults(s)
		for _, note := range image.Notes {
			s.out.printf("  %s %s\n", s.out.paint(yellow, "!"), printable(note))
		}
	}
}

func (c Checked) text() string {
	state := "sound"
	if c.Faults > 0 {
		state = count(c.Faults, "fault")
	}
	if c.things == "" {
		return state
	}
	return fmt.Sprintf("%s (%d %s)", state, c.Looked, c.things)
}

// printFaults prints faults, and each remedy once, after the last fault it is for.
func (image Verified) printFaults(s *Screen) {
	for i, f := range image.Faults {
		s.out.printf("  %s %s %s.\n", s.out.paint(red, "×"), printable(f.Thing), printable(f.Detail))
		if i+1 == len(image.Faults) || image.Faults[i+1].Remedy != f.Remedy {
			s.out.printf("    %s\n", f.Remedy)
		}
	}
}
