package offline

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/fileaccess"
	"github.com/gildhq/gild/image/layers"
)

// access is who may access the output. The rule is kept in the image's XML, so
// that an output tells that it was given one.
type access struct {
	file    *wim.File         // the source
	source  image.AccessRule  // the rule the source was given; zero if none
	odd     error             // why the source's rule can't be read
	set     *image.AccessRule // what was decided since
	changed []byte            // its JSON, if it was since the last checkpoint
}

func accessOf(src *source) *access {
	a := &access{file: src.file}
	if e := src.image.Info.XML.Find(receiptParent, accessName); e != nil {
		if err := json.Unmarshal([]byte(e.Text), &a.source); err != nil {
			a.odd = fmt.Errorf("who may access the file, as the image's description says, can't be read: %w", err)
		}
	}
	return a
}

// rule is what an output is given.
func (a *access) rule() (image.AccessRule, error) {
	switch {
	case a.set != nil:
		return *a.set, nil
	case a.source.IsZero():
		return image.AccessRule{}, nil
	}
	return a.have()
}

// have reads what the source's file has of what its rule decides on: of a split one
// the first part, or the part that is unlike it.
func (a *access) have() (image.AccessRule, error) {
	names := a.file.Parts()
	first, err := a.haveOf(names[0])
	for _, name := range names[1:] {
		if err != nil {
			break
		}
		var rule image.AccessRule
		if rule, err = a.haveOf(name); !rule.Equal(first) {
			return rule, err
		}
	}
	return first, err
}

func (a *access) haveOf(name string) (image.AccessRule, error) {
	rule, err := fileaccess.Get(name, a.source)
	if a.source.Owner == "" {
		rule.Owner = ""
	}
	if a.source.Group == "" {
		rule.Group = ""
	}
	if !a.source.Listed() {
		rule.Read, rule.Write = nil, nil
	}
	return rule, err
}

// replay takes over what a layer holds.
func (a *access) replay(l *layers.Layer) error {
	if l.Access == nil {
		return nil
	}
	a.set = new(image.AccessRule)
	if err := json.Unmarshal(l.Access, a.set); err != nil {
		return fmt.Errorf("layer %s: %w: access: %w", l.ID, layers.ErrDamaged, err)
	}
	return nil
}

// warnings tells what stands in the way of taking over the source's rule.
func (a *access) warnings() []string {
	if a.odd != nil {
		return []string{a.odd.Error()}
	}
	if a.set != nil || a.source.IsZero() {
		return nil
	}
	if err := fileaccess.Check(a.source); err != nil {
		return []string{fmt.Sprintf("an output takes over who may access this file, and that is not possible here: %v; declare image_access to set new rights", err)}
	}
	return nil
}

// putAccess writes the rule into an image's XML.
func putAccess(xml *wim.Element, rule image.AccessRule) error {
	if rule.IsZero() {
		return nil
	}
	data, err := json.Marshal(rule)
	if err == nil {
		xml.Put(receiptParent, accessName).Text = string(data)
	}
	return err
}

// Access implements [image.Access].
func (s *session) Access() (image.AccessRule, error) { return s.access.rule() }

// CheckAccess implements [image.Access].
func (s *session) CheckAccess(rule image.AccessRule) error { return fileaccess.Check(rule) }

// SetAccess implements [image.Access].
func (s *session) SetAccess(rule image.AccessRule) error {
	switch {
	case !s.write:
		return fmt.Errorf("set access: %w", image.ErrReadOnly)
	case s.closed:
		return fmt.Errorf("set access: %w", fs.ErrClosed)
	}
	data, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	s.access.set, s.access.changed = &rule, data
	return nil
}
