package transcript

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Progress is how far an action is.
type Progress struct {
	Text    string  // the line before the bar, which says what is done; may be empty
	Percent float64 // 0 to 100
}

// Parser reads output as it comes. It is an [io.Writer] that never fails.
type Parser struct {
	t        Transcript
	progress func(Progress)

	rest []byte // the beginning of a line whose end has not come
	cr   bool   // the last line ended in CR: LF would be of the same end

	full    bool   // the last line filled a console: the next one may go on with it
	record  Record // not finished
	failing bool   // what comes is the message of an error
	saying  bool   // what comes goes on with what is said of the last item
	doing   string // the last line of text
}

// maxLine is where a line is cut that does not end.
const maxLine = 64 << 10

// NewParser returns a parser that calls progress for each bar; progress may be nil.
func NewParser(progress func(Progress)) *Parser {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &Parser{t: Transcript{Percent: -1}, progress: progress}
}

// Write takes the next part of the output. Lines end in CR LF, LF or CR: bars are
// drawn again after a CR, or on lines of their own where the output is redirected.
func (p *Parser) Write(part []byte) (int, error) {
	for _, b := range part {
		switch {
		case b == '\n' && p.cr:
			p.cr = false
		case b == '\r' || b == '\n':
			p.endLine()
			p.cr = b == '\r'
		default:
			if len(p.rest) == maxLine {
				p.endLine()
			}
			p.rest, p.cr = append(p.rest, b), false
		}
	}
	return len(part), nil
}

func (p *Parser) endLine() {
	s := strings.TrimRight(string(p.rest), " \t")
	if !p.full || !p.goOn(s) {
		p.line(s)
	}
	p.full = utf8.RuneCount(p.rest) == console
	p.rest = p.rest[:0]
}

// console is the width at which a console breaks lines that are longer.
const console = 80

// goOn takes the rest of a line that the console broke, unless the line has a
// meaning of its own.
func (p *Parser) goOn(s string) bool {
	if s == "" || s == completed || bar.MatchString(s) || failure.MatchString(s) || item.MatchString(s) ||
		spaced.MatchString(s) || strings.HasPrefix(s, logPlace) {
		return false
	}
	switch {
	case len(p.record) > 0:
		last := &p.record[len(p.record)-1]
		if n := len(last.More); n > 0 {
			last.More[n-1] += s
		} else {
			last.Value += s
		}
	case p.failing && len(p.t.Failure.Message) > 0:
		p.t.Failure.Message[len(p.t.Failure.Message)-1] += s
	case p.doing != "" && len(p.t.Items) > 0 && strings.HasSuffix(p.doing, p.t.Items[len(p.t.Items)-1].Name):
		p.t.Items[len(p.t.Items)-1].Name += s
		p.doing += s
	case len(p.t.Text) > 0 && p.doing == p.t.Text[len(p.t.Text)-1]:
		p.t.Text[len(p.t.Text)-1] += s
		p.doing += s
	default:
		return false
	}
	return true
}

// End returns what was read. The parser must not be used any more.
func (p *Parser) End() *Transcript {
	p.endLine()
	p.endRecord()
	lines := p.t.Text
	if f := p.t.Failure; f != nil {
		for _, line := range f.Message {
			if m := pendingFor.FindStringSubmatch(line); m != nil {
				p.blame(m[1], f.Code)
			}
		}
		lines = slices.Concat(lines, f.Message)
	}
	for _, line := range lines {
		if m := occurred.FindStringSubmatch(line); m != nil {
			if code, ok := parseCode(m[2]); ok {
				p.blame(m[1], code)
			}
		}
	}
	return &p.t
}

// blame notes the error of an item that a message names.
func (p *Parser) blame(name string, code uint32) {
	for i := range p.t.Items {
		if it := &p.t.Items[i]; it.Called(name) {
			it.Code = code
			return
		}
	}
	p.t.Items = append(p.t.Items, Item{Name: name, Code: code})
}

var (
	bar      = regexp.MustCompile(`^\[[= ]*([0-9]{1,3}(?:[.,][0-9]+)?)%[= ]*\]?$`)
	item     = regexp.MustCompile(`^(?:Processing|Installing) ([0-9]+) of ([0-9]+) - (.*)$`)
	action   = regexp.MustCompile(`^([A-Z][a-z]+ package) (.*)$`)
	failure  = regexp.MustCompile(`^( ?)Error: (0x[0-9A-Fa-f]{1,8}|-?[0-9]{1,10})$`)
	outcome  = regexp.MustCompile(`^(.*?): (.*)$`)
	spaced   = regexp.MustCompile(`^\s*(\S(?:.*?\S)?) :(?: (.*))?$`)
	unspaced = regexp.MustCompile(`^(\S.*?\S): (\S.*)$`)
	logPlace = "The DISM log file can be found at "
	// Errors that name what they are about. Of packages at once, the last one of those
	// that failed is named if it is an .msu file.
	pendingFor = regexp.MustCompile(`^Package (.+) may have failed due to pending updates`)
	occurred   = regexp.MustCompile(`^An error occurred(?: trying to open)? - (.+) Error: (0x[0-9A-Fa-f]{1,8}|-?[0-9]{1,10})$`)
	completed  = "The operation completed successfully."
)

// line parses one line. Its meaning depends on its form, then on the lines before.
func (p *Parser) line(s string) {
	switch {
	case s == "":
		p.endRecord()
		p.saying = false
	case p.bar(s), p.failure(s), p.log(s), p.item(s):
	case p.said(s):
	case p.failing:
		p.t.Failure.Message = append(p.t.Failure.Message, s)
	case s == completed:
		p.endRecord()
		p.t.Done = true
	case strings.HasPrefix(s, "An error occurred"), !p.field(s):
		p.text(s)
	}
}

func (p *Parser) text(s string) {
	p.endRecord()
	p.doing = strings.TrimSpace(s)
	p.t.Text = append(p.t.Text, p.doing)
}

func (p *Parser) bar(s string) bool {
	m := bar.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	percent, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
	if err != nil || percent > 100 {
		return false
	}
	p.t.Percent = percent
	p.progress(Progress{p.doing, percent})
	return true
}

// said takes what is said of the last item: a line with its name, and those that go on
// with that.
func (p *Parser) said(s string) bool {
	if len(p.t.Items) == 0 || p.failing {
		return false
	}
	last := &p.t.Items[len(p.t.Items)-1]
	name, words, named := strings.Cut(s, ": ")
	switch {
	case named && last.Action != "" && last.Called(name):
		last.Result, p.saying = words, true
	case p.saying && s != completed:
		last.Result += " " + s
	default:
		return false
	}
	return true
}

// failure begins an error, or notes one that is reported within a message or of an item:
// its line begins with a space.
func (p *Parser) failure(s string) bool {
	m := failure.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	code, ok := parseCode(m[2])
	if !ok {
		return false
	}
	p.endRecord()
	if m[1] != "" && p.saying {
		p.t.Items[len(p.t.Items)-1].Code = code
	}
	p.saying = false
	f := &Failure{Code: code}
	switch last := p.t.Failure; {
	case m[1] != "" && last != nil:
		last.Inner = append(last.Inner, code)
		return true
	case last != nil:
		// The one that counts comes last; those before say what led to it.
		f.Message, f.Inner = last.Message, append(last.Inner, last.Code)
	}
	p.t.Failure, p.failing = f, true
	return true
}

// parseCode reads a code as DISM prints it: HRESULTs as hexadecimal numbers, Win32
// errors as decimal ones.
func parseCode(s string) (uint32, bool) {
	n, err := strconv.ParseInt(s, 0, 64)
	return uint32(n), err == nil && n >= -1<<31 && n < 1<<32
}

func (p *Parser) log(s string) bool {
	place, ok := strings.CutPrefix(s, logPlace)
	if ok && p.t.Failure != nil {
		p.t.Failure.Log = place
		p.failing = false
	}
	return ok
}

func (p *Parser) item(s string) bool {
	m := item.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	p.endRecord()
	number, _ := strconv.Atoi(m[1])
	of, _ := strconv.Atoi(m[2])
	it := Item{Number: number, Of: of, Name: m[3]}
	if a := action.FindStringSubmatch(it.Name); a != nil {
		it.Action, it.Name = a[1], a[2]
	} else if o := outcome.FindStringSubmatch(it.Name); o != nil {
		it.Name, it.Result = o[1], o[2]
	}
	p.t.Items = append(p.t.Items, it)
	p.doing, p.failing, p.saying = s, false, it.Action == "" && it.Result != "" && strings.HasPrefix(s, "Processing")
	return true
}

// field takes a line of a record. Indented lines belong to the record, or to the
// value above where they have no name.
func (p *Parser) field(s string) bool {
	indented := s[0] == ' ' || s[0] == '\t'
	m := spaced.FindStringSubmatch(s)
	if m == nil {
		m = unspaced.FindStringSubmatch(s)
	}
	switch {
	case m == nil && indented && len(p.record) > 0:
		last := &p.record[len(p.record)-1]
		last.More = append(last.More, strings.TrimSpace(s))
		return true
	case m == nil:
		return false
	}
	name, value := m[1], m[2]
	switch {
	case len(p.t.Records) == 0 && len(p.record) == 0 && name == "Version" && p.t.Tool == "":
		p.t.Tool = value
		return true
	case name == "Image Version" && p.t.Image == "":
		p.t.Image = value
		return true
	case p.record.Has(name):
		p.endRecord() // records of one group may follow each other without an empty line
	}
	p.record = append(p.record, Field{Name: name, Value: value})
	return true
}

func (p *Parser) endRecord() {
	if len(p.record) > 0 {
		p.t.Records = append(p.t.Records, p.record)
	}
	p.record = nil
}
