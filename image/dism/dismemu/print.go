package dismemu

import (
	"fmt"
	"io"
	"strings"
)

// printer prints as dism.exe does: lines end in CR LF.
type printer struct{ w io.Writer }

func newPrinter(w io.Writer) *printer { return &printer{w} }

// line prints a line. Errors of the output are ignored.
func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.w, format+"\r\n", args...)
}

func (p *printer) banner() {
	p.line("")
	p.line("Deployment Image Servicing and Management tool")
	p.line("Version: %s", toolVersion)
	p.line("")
}

// imageVersion prints the version of the image.
func (p *printer) imageVersion(version string) {
	p.line("Image Version: %s", version)
	p.line("")
}

// progress prints a growing progress bar. DISM prints each on its own line, with an empty line
// between, if its output is redirected.
func (p *printer) progress() {
	for _, percent := range []float64{3.8, 33.2, 78.5} {
		p.bar(percent)
		p.line("")
	}
	p.bar(100)
}

// bar prints a progress bar: 58 characters in brackets, with the percentage in the middle.
func (p *printer) bar(percent float64) { p.line("%s", bar(percent)) }

func bar(percent float64) string {
	const width = 58
	number := fmt.Sprintf("%.1f%%", percent)
	start := (width + 1 - len(number)) / 2
	cells := strings.Repeat("=", int(percent*width/100)) + strings.Repeat(" ", width-int(percent*width/100))
	text := "[" + cells[:start] + number + cells[start+len(number):] + "]"
	if percent < 100 {
		text += " "
	}
	return text
}

// field is a line of a record.
type field struct{ name, value string }

// records prints a list, or the text for an empty one.
func (p *printer) records(records [][]field, none string) {
	if len(records) == 0 {
		p.line("%s", none)
		p.line("")
	}
	for _, r := range records {
		p.record(r)
	}
}

func (p *printer) record(fields []field) {
	for _, f := range fields {
		p.line("%s", strings.TrimSuffix(f.name+" : "+f.value, " "))
	}
	p.line("")
}

// failure prints an error.
func (p *printer) failure(f *failure, log string) {
	p.line("")
	p.line("Error: %s", codeText(f.code))
	p.line("")
	for _, l := range f.lines {
		p.line("%s", l)
	}
	if f.code == errElevation {
		return
	}
	p.line("")
	p.line("The DISM log file can be found at %s", log)
}
