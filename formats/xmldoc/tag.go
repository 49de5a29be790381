package xmldoc

import (
	"fmt"
	"strings"
)

func (s *Scanner) blanks() string {
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte(blanks, s.text[s.pos]) >= 0 {
		s.pos++
	}
	return s.text[start:s.pos]
}

// name reads the name of an element or attribute, with its prefix.
func (s *Scanner) name() (string, error) {
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte(blanks+"/>=<\"'", s.text[s.pos]) < 0 {
		s.pos++
	}
	name := s.text[start:s.pos]
	prefix, local := SplitName(name)
	if strings.Contains(name, ":") && !IsName(prefix) || !IsName(local) {
		return "", s.errorAt(start, "%s is not a name", quote(name))
	}
	return name, nil
}

// SplitName takes the prefix off a name.
func SplitName(name string) (prefix, local string) {
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		return prefix, local
	}
	return "", name
}

func (s *Scanner) is(c string) bool {
	if !strings.HasPrefix(s.text[s.pos:], c) {
		return false
	}
	s.pos += len(c)
	return true
}

func (s *Scanner) startTag() (Token, error) {
	start := s.pos
	s.pos++
	t := Token{Kind: StartTag}
	if s.elements++; s.elements > maxElements {
		return t, s.errorAt(start, "there are more than %d elements", maxElements)
	}
	if len(s.scopes) == 0 && s.done {
		return t, s.errorAt(start, "there is more than one root element")
	}
	if len(s.scopes) == maxDepth {
		return t, s.errorAt(start, "elements are nested more than %d deep", maxDepth)
	}
	var err error
	if t.Name, err = s.name(); err != nil {
		return t, err
	}
	var places []int
	for {
		t.Tail = s.blanks()
		if s.is("/>") {
			t.Empty = true
			break
		}
		if s.is(">") {
			break
		}
		if s.pos == len(s.text) || t.Tail == "" {
			return t, s.errorAt(start, "the tag <%s is not complete", t.Name)
		}
		places = append(places, s.pos)
		a, err := s.attribute()
		if err != nil {
			return t, err
		}
		a.Lead = t.Tail
		t.Attrs = append(t.Attrs, a)
	}
	return t, s.open(&t, start, places)
}

func (s *Scanner) attribute() (Attr, error) {
	start := s.pos
	name, err := s.name()
	if err != nil {
		return Attr{}, err
	}
	a := Attr{Name: name}
	eq := s.pos
	s.blanks()
	ok := s.is("=")
	s.blanks()
	if !ok || s.pos == len(s.text) || s.text[s.pos] != '"' && s.text[s.pos] != '\'' {
		return a, s.errorAt(start, "the attribute %s has no value in quotation marks", name)
	}
	a.Equal, a.Quote = s.text[eq:s.pos], s.text[s.pos]
	s.pos++
	end := strings.IndexByte(s.text[s.pos:], a.Quote)
	if end < 0 {
		return a, s.errorAt(start, "the value of the attribute %s has no end", name)
	}
	a.Raw = s.text[s.pos : s.pos+end]
	if i := strings.IndexByte(a.Raw, '<'); i >= 0 {
		return a, s.errorAt(s.pos+i, "the value of the attribute %s holds a <; write &lt;, or end the value before it", name)
	}
	if err := s.references(s.pos, a.Raw); err != nil {
		return a, err
	}
	s.pos += end + 1
	return a, nil
}

func (s *Scanner) endTag() (Token, error) {
	start := s.pos
	s.pos += len("</")
	t := Token{Kind: EndTag}
	var err error
	if t.Name, err = s.name(); err != nil {
		return t, err
	}
	t.Tail = s.blanks()
	n := len(s.scopes)
	switch {
	case !s.is(">"):
		return t, s.errorAt(start, "the tag </%s is not complete", t.Name)
	case n == 0:
		return t, s.errorAt(start, "</%s> is the end of an element that does not begin", t.Name)
	case s.scopes[n-1].name != t.Name:
		open := s.scopes[n-1]
		line, _ := s.place(open.pos)
		return t, s.errorAt(start, "<%s> of line %d ends in </%s>", open.name, line, t.Name)
	}
	s.close()
	return t, nil
}

// Name is a name with the namespace that its prefix stands for.
type Name struct{ Space, Local string }

// scope is an element that is open, with the prefixes it declares.
type scope struct {
	name     string
	pos      int
	prefixes map[string]string // "" is that of names without one
}

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// open opens the scope of a start tag, and closes it again if that is the whole
// element. The rules are those of Namespaces in XML 1.0 §3, §5 and §6.3.
func (s *Scanner) open(t *Token, pos int, places []int) error {
	sc := scope{name: t.Name, pos: pos}
	for i, a := range t.Attrs {
		prefix, isDefault := strings.CutPrefix(a.Name, "xmlns:")
		if !isDefault && a.Name != "xmlns" {
			continue
		}
		if a.Name == "xmlns" {
			prefix = ""
		}
		if fault := badPrefix(prefix, a); fault != "" {
			return s.errorAt(places[i], "%s", fault)
		}
		if sc.prefixes == nil {
			sc.prefixes = map[string]string{}
		}
		sc.prefixes[prefix] = a.Value()
	}
	s.scopes = append(s.scopes, sc)
	prefix, _ := SplitName(t.Name)
	space, ok := s.space(prefix)
	if t.Space = space; !ok || prefix == "xmlns" {
		return s.errorAt(pos, "the prefix of <%s> is declared nowhere; add xmlns:%s=\"…\" to an element around it", t.Name, prefix)
	}
	if err := s.resolve(t, places); err != nil {
		return err
	}
	if t.Empty {
		s.close()
	}
	return nil
}

// resolve finds the namespaces of the attributes, no two of which may have one name.
func (s *Scanner) resolve(t *Token, places []int) error {
	seen := map[Name]string{}
	for i := range t.Attrs {
		a := &t.Attrs[i]
		prefix, local := SplitName(a.Name)
		ok := true
		switch {
		case a.Name == "xmlns":
			a.Space = xmlnsSpace
		case prefix != "":
			a.Space, ok = s.space(prefix)
		}
		if !ok {
			return s.errorAt(places[i], "the prefix of the attribute %s is declared nowhere; add xmlns:%s=\"…\" to an element around it", a.Name, prefix)
		}
		name := Name{a.Space, local}
		if other, twice := seen[name]; twice {
			return s.errorAt(places[i], "<%s> has two attributes %s", t.Name, other)
		}
		seen[name] = a.Name
	}
	return nil
}

// badPrefix tells what is wrong with the declaration of a prefix.
func badPrefix(prefix string, a Attr) string {
	space := a.Value()
	switch {
	case prefix == "xmlns" || space == xmlnsSpace:
		return "the prefix xmlns and its namespace can't be declared"
	case (prefix == "xml") != (space == xmlSpace):
		return fmt.Sprintf("%s=%q: the prefix xml and the namespace %s belong together", a.Name, space, xmlSpace)
	case prefix != "" && space == "":
		return fmt.Sprintf("%s declares a prefix for no namespace", a.Name)
	}
	return ""
}

func (s *Scanner) close() {
	s.scopes = s.scopes[:len(s.scopes)-1]
	s.done = s.done || len(s.scopes) == 0
}

// space returns the namespace that a prefix stands for in the element that was
// opened last; false if it is declared nowhere.
func (s *Scanner) space(prefix string) (string, bool) {
	switch prefix {
	case "xml":
		return xmlSpace, true
	case "xmlns":
		return xmlnsSpace, true
	}
	for i := len(s.scopes) - 1; i >= 0; i-- {
		if space, ok := s.scopes[i].prefixes[prefix]; ok {
			return space, true
		}
	}
	return "", prefix == ""
}
