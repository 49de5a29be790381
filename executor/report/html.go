package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/size"
)

//go:embed report.html.tmpl
var page string

// render returns the report as one self-contained page.
func render(run *record.Run) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"bytes": size.Text, "seconds": seconds, "time": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"action": action, "class": func(s string) string { return strings.ReplaceAll(s, " ", "-") }, "legend": legend, "percent": percent,
		"count": count, "place": place, "text": text, "sums": sums, "rows": rows, "without": without,
		"all": together, "one": func(img *record.Image) *timeline { return timelines(img) },
	}).Parse(page)
	if err != nil {
		return nil, fmt.Errorf("mistake in gild: the template of reports: %w", err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, run)
	return out.Bytes(), err
}

// action returns an action with the words and symbols of Terraform, as in a plan.
func action(of string) string {
	if text, known := map[string]string{"create": "+ create", "update": "~ update in-place", "delete": "- destroy"}[of]; known {
		return text
	}
	return of
}

// together returns the timeline of all images that were begun, or nil if there are fewer than
// two.
func together(run *record.Run) *timeline {
	begun := slices.DeleteFunc(slices.Clone(run.Images), func(img *record.Image) bool { return len(img.Phases) == 0 })
	if len(begun) < 2 {
		return nil
	}
	return timelines(begun...)
}

// total holds sums over the images of a run.
type total struct {
	Made, Applied, Reused, Checkpoints int
	Skipped                            int   // resources that were left out of images
	InImage, Queued                    int   // resources that are in finished images, and that wait for the first boot
	Bytes                              int64 // of the written outputs
}

func sums(run *record.Run) (sum total) {
	for _, img := range run.Images {
		if record.Made(img.Outcome) {
			sum.Made++
			sum.Bytes += img.Bytes
		}
		if img.Holds != nil {
			sum.InImage, sum.Queued = sum.InImage+img.Holds.InImage, sum.Queued+img.Holds.Queued
		}
		sum.Skipped += len(img.Skipped)
		sum.Applied, sum.Reused, sum.Checkpoints = sum.Applied+img.Applied, sum.Reused+img.Reused, sum.Checkpoints+img.Checkpoints
	}
	return sum
}

// without says what was left out of a complete image.
func without(img *record.Image) string {
	if n := len(img.Skipped); n > 0 && img.Outcome == record.Complete {
		return " without " + count(n, "resource")
	}
	return ""
}

// stepRow is a step as the page shows it.
type stepRow struct {
	record.Step
	Timed    bool
	Resource string        // without the image
	Share    float64       // percent of the duration of the longest step
	Seals    []record.Seal // checkpoints made after it
}

func rows(img *record.Image) []stepRow {
	longest := 0.0
	for _, s := range img.Steps {
		longest = max(longest, s.Elapsed)
	}
	var all []stepRow
	for _, s := range img.Steps {
		r := stepRow{Step: s, Timed: timed(s), Resource: record.Local(s.Address, img.Name)}
		if longest > 0 {
			r.Share = s.Elapsed / longest * 100
		}
		for _, seal := range img.Sealed {
			if seal.Step == s.Number {
				r.Seals = append(r.Seals, seal)
			}
		}
		all = append(all, r)
	}
	return all
}

// text returns a message without what the lines above it already say.
func text(m record.Message) string {
	text := strings.TrimPrefix(m.Text, "image "+m.Image+": ")
	for _, before := range []string{m.Address + place(m), m.Address, m.Image} {
		if short, ok := strings.CutPrefix(text, before+": "); ok && before != "" {
			return short
		}
	}
	return text
}

// legend adds up the duration of each phase, in the order in which the phases begin.
func legend(spans []record.Span) []record.Span {
	var sums []record.Span
	for _, s := range spans {
		i := slices.IndexFunc(sums, func(sum record.Span) bool { return sum.Name == s.Name })
		if i < 0 {
			sums = append(sums, s)
		} else {
			sums[i].Elapsed += s.Elapsed
		}
	}
	return sums
}

// seconds formats a duration with a sensible precision.
func seconds(s float64) string {
	switch d := time.Duration(s * float64(time.Second)); {
	case d < 0:
		return ""
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

// percent says by how much a size has changed.
func percent(before, now int64) string {
	if before == 0 || now == 0 {
		return ""
	}
	return fmt.Sprintf("%+.1f %%", (float64(now)/float64(before)-1)*100)
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// place returns a place in the configuration, in brackets.
func place(m record.Message) string {
	if m.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", m.File, m.Line)
}
