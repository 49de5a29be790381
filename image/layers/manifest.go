package layers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
)

// A manifest file is one line with the SHA-256 of what follows it, and JSON.
const magic = "gild layer 1 sha256:"

type manifest struct {
	ID      string          `json:"id"`
	Parent  string          `json:"parent,omitempty"`
	Base    string          `json:"base"`
	Entries []manifestEntry `json:"entries"`
	Access  json.RawMessage `json:"access,omitempty"`
}

type manifestEntry struct {
	Path    string           `json:"path,omitempty"`
	RawPath []byte           `json:"rawPath,omitempty"` // a path that is not UTF-8
	Remove  bool             `json:"remove,omitempty"`
	Kind    Kind             `json:"kind,omitempty"`
	Content *manifestContent `json:"content,omitempty"`
	Meta    *manifestMeta    `json:"meta,omitempty"`
}

type manifestContent struct {
	SHA256 string `json:"sha256"`
	SHA1   string `json:"sha1"`
	Size   int64  `json:"size"`
}

type manifestMeta struct {
	Attributes uint32  `json:"attributes"`
	Created    nt.Time `json:"created,omitempty"`
	Written    nt.Time `json:"written,omitempty"`
	Security   []byte  `json:"security,omitempty"`
}

func encode(l *Layer) ([]byte, error) {
	m := manifest{ID: l.ID, Parent: l.Parent, Base: l.Base, Access: l.Access, Entries: make([]manifestEntry, 0, len(l.Entries))}
	for _, e := range l.Entries {
		m.Entries = append(m.Entries, encodeEntry(e))
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return withSum(text), nil
}

func withSum(text []byte) []byte {
	sum := sha256.Sum256(text)
	head := magic + hex.EncodeToString(sum[:]) + "\n"
	return append([]byte(head), text...)
}

func encodeEntry(e Entry) manifestEntry {
	m := manifestEntry{Path: e.Path, Remove: e.Remove, Kind: e.Kind}
	if !utf8.ValidString(e.Path) {
		m.Path, m.RawPath = "", []byte(e.Path)
	}
	if e.Kind == File {
		m.Content = &manifestContent{hex.EncodeToString(e.Content.SHA256[:]), hex.EncodeToString(e.Content.SHA1[:]), e.Content.Size}
	}
	if e.Kind != "" {
		meta := manifestMeta(e.Meta)
		m.Meta = &meta
	}
	return m
}

func decode(data []byte) (*Layer, error) {
	head, text, found := bytes.Cut(data, []byte("\n"))
	want, isLayer := strings.CutPrefix(string(head), magic)
	sum := sha256.Sum256(text)
	switch {
	case !found || !isLayer:
		return nil, fmt.Errorf("%w: its manifest does not begin with %q", ErrDamaged, magic)
	case hex.EncodeToString(sum[:]) != want:
		return nil, fmt.Errorf("%w: its manifest does not match its checksum", ErrDamaged)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%w: its manifest can't be read: %w", ErrDamaged, err)
	}
	l := &Layer{ID: m.ID, Parent: m.Parent, Base: m.Base, Access: m.Access, Entries: make([]Entry, 0, len(m.Entries))}
	for _, e := range m.Entries {
		entry, err := decodeEntry(e)
		if err != nil {
			return nil, fmt.Errorf("%w: manifest entry %q: %w", ErrDamaged, e.Path, err)
		}
		l.Entries = append(l.Entries, entry)
	}
	return l, nil
}

func decodeEntry(m manifestEntry) (Entry, error) {
	e := Entry{Path: m.Path, Remove: m.Remove, Kind: m.Kind}
	if m.RawPath != nil {
		e.Path = string(m.RawPath)
	}
	if !slices.Contains([]Kind{"", Dir, File, Change}, e.Kind) || e.Path == "" {
		return e, fmt.Errorf("kind %q of path %q is not known", e.Kind, e.Path)
	}
	if e.Kind == File {
		if m.Content == nil || m.Content.Size < 0 {
			return e, fmt.Errorf("content is missing")
		}
		e.Content.Size = m.Content.Size
		if err := decodeHex(e.Content.SHA256[:], m.Content.SHA256); err != nil {
			return e, err
		}
		if err := decodeHex(e.Content.SHA1[:], m.Content.SHA1); err != nil {
			return e, err
		}
	}
	if e.Kind != "" {
		if m.Meta == nil {
			return e, fmt.Errorf("metadata is missing")
		}
		e.Meta = Meta(*m.Meta)
	}
	return e, nil
}

func decodeHex(dst []byte, s string) error {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(dst) {
		return fmt.Errorf("digest %q is not one", s)
	}
	copy(dst, b)
	return nil
}
