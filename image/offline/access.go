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

// access is the rule for access to the output. It is stored in the image's XML data, so
// that an output shows that it has a rule.
type access struct {
	file    *wim.File         // the source
	source  image.AccessRule  // the rule of the source; zero if none
	odd     error             // why the source's rule can't be read
	set     *image.AccessRule // the rule that was set since
	changed []byte            // the rule's JSON, if set since the last checkpoint
}

func accessOf(src *source) *access {
	a := &access{file: src.file}
	if e := src.image.Info.XML.Find(receiptParent, accessName); e != nil {
		if err := json.Unmarshal([]byte(e.Text), &a.source); err != nil {
			a.odd = fmt.Errorf("the access rule in the image's description can't be read: %w", err)
		}
	}
	return a
}

// rule is the rule for the output.
func (a *access) rule() (image.AccessRule, error) {
	switch {
	case a.set != nil:
		return *a.set, nil
	case a.source.IsZero():
		return image.AccessRule{}, nil
	}
	return a.have()
}

// have reads the present rights of the source's file; for a split image those of the
// first file, or of a file that differs from it.
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

// replay takes over the rule of a layer.
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

// warnings says why the output can't inherit the source's rule.
func (a *access) warnings() []string {
	if a.odd != nil {
		return []string{a.odd.Error()}
	}
	if a.set != nil || a.source.IsZero() {
		return nil
	}
	if err := fileaccess.Check(a.source); err != nil {
		return []string{fmt.Sprintf("an output inherits the access rights of this file, which is not possible here: %v; declare image_access to set new rights", err)}
	}
	return nil
}

// putAccess writes the rule into an image's XML data.
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
