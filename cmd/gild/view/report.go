package view

import (
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/report"
)

// PrintReport says how a run ended, and where its report and its logs are.
func PrintReport(s *Screen, d *record.Run, folder string) {
	color := green
	if d.Outcome != record.Complete {
		color = red
	}
	s.out.printf("%s: %s after %s, on %s\n", s.out.paint(bold, d.ID), s.out.paint(color, d.Outcome),
		short(time.Duration(d.Elapsed*float64(time.Second))), d.Began.UTC().Format(time.RFC3339))
	for _, img := range d.Images {
		s.out.printf("  %s: %s, %s applied, %d taken over, %d of %d resources verified\n", printable(img.Name), img.Outcome,
			count(img.Applied, "step"), img.Reused, img.Verified, img.Resources)
		if img.Holds != nil && img.Holds.Queued > 0 {
			s.out.printf("    %s\n", img.Holds.Text())
		}
	}
	s.out.printf("Report: %s\nAs JSON: %s\nLogs: %s\n", report.HTML(folder), report.JSON(folder), folder)
}
