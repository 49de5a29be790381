package view

import (
	"fmt"

	"github.com/gildhq/gild/planner"
)

// waits says what an image waits for.
func waits(w planner.Waiting) string {
	wait := "waits"
	if w.Resources != 1 {
		wait = "wait"
	}
	return fmt.Sprintf("%s: planned when %s made; %s %s", w.Image, planner.Are(w.For), count(w.Resources, "resource"), wait)
}

func names(ws []planner.Waiting) []string {
	var all []string
	for _, w := range ws {
		all = append(all, w.Image)
	}
	return all
}

// printWaiting prints which images are planned later.
func printWaiting(out styled, ws []planner.Waiting) {
	for _, w := range ws {
		out.para("", "  ", "%s", waits(w))
	}
	if len(ws) > 0 {
		out.printf("\n")
	}
}

// Round prints that images are planned which waited.
func (s *Screen) Round(waited []planner.Waiting) {
	s.out.printf("\n")
	s.out.para("", "  ", "%s", s.out.paint(bold, "Now for what waited: "+planner.Enumerate(names(waited))))
	s.out.printf("\n")
}

// Left prints which images a saved plan did not hold.
func (s *Screen) Left(ws []planner.Waiting) {
	if len(ws) > 0 {
		s.out.printf("\n")
		s.out.para("", "  ", "Not in this plan: %s. What they are made of is there now: run gild plan again.", planner.Enumerate(names(ws)))
	}
}

// Round prints a line that says which images are planned now.
func (l *Lines) Round(waited []planner.Waiting) {
	l.print(struct {
		line
		Images []string `json:"images"`
	}{head("info", "next_round", "Now for what waited: "+planner.Enumerate(names(waited))), names(waited)})
}

// Left prints a line for each image that a saved plan did not hold.
func (l *Lines) Left(ws []planner.Waiting) {
	for _, w := range ws {
		l.waitingImage(w, w.Image+": not in this plan; run gild plan again")
	}
}

func (l *Lines) waitingImage(w planner.Waiting, message string) {
	l.print(struct {
		line
		Waiting planner.Waiting `json:"waiting"`
	}{head("info", "waiting_image", message), w})
}
