package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed report.html.tmpl
var page string

// HTML returns the report as one page that needs nothing beside it.
func (d *Document) HTML() ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"bytes": size10, "seconds": seconds, "time": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"class": func(s string) string { return strings.ReplaceAll(s, " ", "-") }, "timeline": d.timeline, "legend": legend, "percent": percent,
		"count": count, "place": place,
	}).Parse(page)
	if err != nil {
		return nil, fmt.Errorf("mistake in gild: the template of reports: %w", err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, d)
	return out.Bytes(), err
}

// bar is a piece of the timeline, in thousandths of the run's time.
type bar struct {
	Class string
	X, W  string
	Title string
}

// line is the timeline of one image.
type line struct{ Phases, Steps []bar }

// timeline places what was done to an image within the time of the whole run.
func (d *Document) timeline(img *Image) line {
	var l line
	for _, p := range img.Phases {
		l.Phases = append(l.Phases, d.bar(p.Name, p.Began, p.Elapsed, p.Name))
	}
	for _, s := range img.Steps {
		if s.Result == Done || s.Result == Failing {
			l.Steps = append(l.Steps, d.bar(strings.ReplaceAll(s.Result, " ", "-"), s.Began, s.Elapsed, s.Address))
		}
	}
	return l
}

// legend adds up how long each phase took, in the order they begin in.
func legend(spans []Span) []Span {
	var sums []Span
	for _, s := range spans {
		i := slices.IndexFunc(sums, func(sum Span) bool { return sum.Name == s.Name })
		if i < 0 {
			sums = append(sums, s)
		} else {
			sums[i].Elapsed += s.Elapsed
		}
	}
	return sums
}

func (d *Document) bar(class string, began, elapsed float64, title string) bar {
	const width, least = 1000, 1.5
	whole := max(d.Elapsed, 1e-6)
	w := max(elapsed/whole*width, least)
	x := min(max(began/whole*width, 0), width-w)
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
	return bar{class, number(x), number(w), title + ": " + seconds(elapsed)}
}

// seconds returns a time in a precision that people care for.
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

// size10 returns a size in decimal units.
func size10(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < len(units)-1 {
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", f, units[unit])
}

// percent tells how much larger or smaller something has become.
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
func place(m Message) string {
	if m.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", m.File, m.Line)
}
