package appx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// provisionList is the file in which Windows lists the provisioned packages: below Provisioned
// an element for each, a bundle, its main package and its resources by themselves;
// below EndOfLife families that an upgrade of Windows removes, which stay.
type provisionList struct {
	text    string // in UTF-8, without a byte order mark
	mark    string // byte order mark
	entries []provisionEntry
}

// provisionEntry is a package in the list, with where it is in the text.
type provisionEntry struct {
	identity
	start, end int64
}

// readProvisioning reads the list that Windows uses; nil if the image has none.
func readProvisioning(files image.Files) (*provisionList, error) {
	for _, name := range []string{provisioning, originalProvisioning} {
		data, err := readFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l, err := parseProvisioning(data)
		if err != nil {
			return nil, providers.Problemf("", "List of apps is damaged",
				"%s, in which Windows lists the provisioned apps, can't be read: %v. Windows reads it, too. Put a good copy there before the image is captured, or remove it with a resource \"file\".", name, err)
		}
		return l, nil
	}
	return nil, nil
}

// removeProvisioning removes the packages of families from the list.
func removeProvisioning(files image.Files, families []string) error {
	l, err := readProvisioning(files)
	if err != nil || l == nil || !l.remove(families) {
		return err
	}
	return providers.WriteContent(files, provisioning, l.bytes())
}

// leftovers returns the packages with a name that are on the list although the image has neither a
// record nor files of them: they were removed without updating the list.
func leftovers(reg image.Registry, files image.Files, name string) ([]identity, error) {
	l, err := readProvisioning(files)
	if err != nil || l == nil {
		return nil, err
	}
	var list []identity
	for _, e := range l.entries {
		if nt.Equal(e.name, name) {
			list = append(list, e.identity)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	have, err := available(reg, files)
	if err != nil || len(named(have, name)) > 0 {
		return nil, err
	}
	return list, nil
}

// readFile reads a small file as a whole.
func readFile(files image.Files, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(data) > maxManifest {
		err = fmt.Errorf("%s: it is larger than any such file (%d bytes)", name, maxManifest)
	}
	return data, errors.Join(err, f.Close())
}

// Byte order marks, of UTF-8 and of UTF-16.
const (
	mark8     = "\xef\xbb\xbf"
	mark16    = "\xff\xfe"
	swapped16 = "\xfe\xff"
)

func parseProvisioning(data []byte) (*provisionList, error) {
	l := &provisionList{text: string(data)}
	for _, mark := range []string{mark8, mark16, swapped16} {
		if strings.HasPrefix(l.text, mark) {
			l.mark, l.text = mark, l.text[len(mark):]
			break
		}
	}
	if l.mark == mark16 || l.mark == swapped16 {
		if len(l.text)%2 != 0 {
			return nil, errors.New("it is in UTF-16 and ends within a character")
		}
		l.text = nt.DecodeUTF16(swapped([]byte(l.text), l.mark))
	}
	return l, l.parse()
}

// swapped returns UTF-16 with the other order of bytes, where the mark says so.
func swapped(data []byte, mark string) []byte {
	if mark == swapped16 {
		for i := 0; i+1 < len(data); i += 2 {
			data[i], data[i+1] = data[i+1], data[i]
		}
	}
	return data
}

func (l *provisionList) bytes() []byte {
	out := []byte(l.mark)
	if l.mark == mark16 || l.mark == swapped16 {
		return append(out, swapped(nt.AppendUTF16(nil, l.text), l.mark)...)
	}
	return append(out, l.text...)
}

// parse finds the entries.
func (l *provisionList) parse() error {
	d := xml.NewDecoder(strings.NewReader(l.text))
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if wide := l.mark == mark16 || l.mark == swapped16; strings.EqualFold(label, "utf-16") && wide || strings.EqualFold(label, "us-ascii") {
			return r, nil
		}
		return nil, fmt.Errorf("the declaration says that it is in %q", label)
	}
	var open []string
	root := false
	for {
		start := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !root {
				return errors.New("it holds no XML element")
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			root = true
			if open = append(open, t.Name.Local); len(open) == 3 && open[1] == "Provisioned" && open[2] == "Package" {
				l.entries = append(l.entries, provisionEntry{identity: fullName(t), start: start})
			}
		case xml.EndElement:
			if n := len(l.entries); len(open) == 3 && open[1] == "Provisioned" && open[2] == "Package" {
				l.entries[n-1].end = d.InputOffset()
			}
			open = open[:len(open)-1]
		}
	}
}

// fullName is the full name of an element's package; empty if it has none.
func fullName(e xml.StartElement) identity {
	for _, a := range e.Attr {
		if a.Name.Local == "FullName" {
			i, _ := parseIdentity(strings.TrimSpace(a.Value))
			return i
		}
	}
	return identity{}
}

// remove takes the packages of the families out, with the line each is on by itself,
// and reports whether there were any.
func (l *provisionList) remove(families []string) bool {
	var b strings.Builder
	last := int64(0)
	for _, e := range l.entries {
		if e.full == "" || !slices.ContainsFunc(families, func(f string) bool { return nt.Equal(f, e.family()) }) {
			continue
		}
		before := l.text[last:e.start]
		if line := strings.TrimRight(before, " \t"); strings.HasSuffix(line, "\n") {
			before = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		}
		b.WriteString(before)
		last = e.end
	}
	if last == 0 {
		return false
	}
	b.WriteString(l.text[last:])
	l.text = b.String()
	return true
}
