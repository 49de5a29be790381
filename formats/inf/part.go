package inf

import "strings"

// A Part is a section of installation, such as [X.NTamd64] or
// [X.NTamd64.HW], with the directives that all of them may have.
type Part struct {
	Section   string // its name with decoration
	Line      int    // where it starts; 0 when there is none
	CopyFiles []*FileList
	CopyINF   []string // INFs of other packages to install with this one
	AddReg    []*RegSection
	DelReg    []*RegSection
	Needs     []Need
	// Other has the directives that are not part of the above, in order.
	Other []*Line
}

// A Need is a section of another INF, mostly of Windows, that is carried out
// too ("INF DDInstall section", Include and Needs).
type Need struct {
	Section string
	INFs    []string // those that may have it
	Line    int
}

// part reads a section; one that is nil has no directives. Needed sections of
// the same file are taken in, those of others are listed.
func (r *resolver) part(s *Section) Part {
	if s == nil {
		return Part{}
	}
	p := Part{Section: s.Name, Line: s.Line}
	var include []string
	var needs []*Line
	for i := range s.Lines {
		l := &s.Lines[i]
		if !r.spend(l.Number) {
			break
		}
		switch {
		case strings.EqualFold(l.Key, "Include"):
			include = append(include, nonEmpty(l.Values)...)
		case strings.EqualFold(l.Key, "Needs"):
			needs = append(needs, l)
		default:
			r.directive(&p, l)
		}
	}
	if include == nil {
		include = r.include
	}
	taken := map[*Section]bool{s: true}
	for _, l := range needs {
		for _, name := range nonEmpty(l.Values) {
			r.need(&p, l, name, include, taken)
		}
	}
	return p
}

// need takes in a section that Needs names.
func (r *resolver) need(p *Part, l *Line, name string, include []string, taken map[*Section]bool) {
	if !r.spend(l.Number) {
		return
	}
	s := r.file.Section(name)
	switch {
	case s == nil && len(include) == 0:
		r.add(l.Number, MissingSection, "Needs: there is no section [%s], nor an Include that may have it", name)
		return
	case s == nil:
		need := Need{Section: name, INFs: include, Line: l.Number}
		p.Needs, r.needs = append(p.Needs, need), append(r.needs, need)
		return
	case taken[s]:
		r.add(l.Number, BadValue, "Needs: section [%s] is taken in already", name)
		return
	}
	taken[s] = true
	for i := range s.Lines {
		inner := &s.Lines[i]
		if !r.spend(inner.Number) {
			break
		}
		if strings.EqualFold(inner.Key, "Needs") || strings.EqualFold(inner.Key, "Include") {
			r.add(inner.Number, BadValue, "%s is not carried out here, as Needs of line %d took the section in and can't be nested", inner.Key, l.Number)
			continue
		}
		r.directive(p, inner)
	}
}

// directive takes in one line.
func (r *resolver) directive(p *Part, l *Line) {
	switch fold(l.Key) {
	case "copyfiles":
		p.CopyFiles = append(p.CopyFiles, r.fileLists(l)...)
	case "copyinf":
		p.CopyINF = append(p.CopyINF, nonEmpty(l.Values)...)
	case "addreg":
		p.AddReg = append(p.AddReg, r.regSections(l)...)
	case "delreg":
		p.DelReg = append(p.DelReg, r.regSections(l)...)
	default:
		p.Other = append(p.Other, l)
	}
}

// find returns the first other directive of a name, or nil.
func (p *Part) find(key string) *Line {
	for _, l := range p.Other {
		if strings.EqualFold(l.Key, key) {
			return l
		}
	}
	return nil
}

// value returns the first value of a directive, empty without.
func (p *Part) value(key string) string {
	if l := p.find(key); l != nil {
		return l.Value(0)
	}
	return ""
}

// all returns the other directives of a name.
func (p *Part) all(key string) []*Line {
	var out []*Line
	for _, l := range p.Other {
		if strings.EqualFold(l.Key, key) {
			out = append(out, l)
		}
	}
	return out
}
