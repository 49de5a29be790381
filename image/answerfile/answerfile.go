// Package answerfile finds the answer files of an image, in the order in which
// Windows Setup looks for them ("Windows Setup Automation Overview", "Implicit
// Answer File Search Order").
package answerfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/image"
)

// Panther is where Windows keeps the answer file of an installation.
const Panther = "Windows/Panther/unattend.xml"

// The value of the registry that names an answer file before all others.
const (
	Key   = `HKLM\SYSTEM\Setup`
	Value = "UnattendFile"
)

// Early tells whether a pass is one of Setup itself, before the image is on the disk:
// such passes do
// not look where the installed Windows does.
func Early(pass string) bool { return pass == "windowsPE" || pass == "offlineServicing" }

// Places returns where in an image Windows looks for the settings of a pass, first
// to last, behind what the registry names.
func Places(pass string) []string {
	if Early(pass) {
		return []string{"sources/Autounattend.xml", "Unattend.xml", "Autounattend.xml"}
	}
	return []string{
		"Windows/Panther/Unattend/Unattend.xml", "Windows/Panther/Unattend/Autounattend.xml", Panther,
		"Windows/System32/Sysprep/Unattend.xml", "Unattend.xml", "Autounattend.xml",
	}
}

// folders are those that Windows looks into.
func folders() []string {
	return []string{"Windows/Panther/Unattend", "Windows/Panther", "Windows/System32/Sysprep", "sources", "."}
}

// Searched tells whether Windows looks for answer files in the folder of a file.
func Searched(name string) bool {
	return slices.ContainsFunc(folders(), func(f string) bool { return nt.Equal(f, path.Dir(name)) })
}

// Rank is the place of a file among those that are looked at for a pass; -1 if it
// is none of them.
func Rank(name, pass string) int {
	return slices.IndexFunc(Places(pass), func(p string) bool { return nt.Equal(p, name) })
}

// Found is an answer file of an image.
type Found struct {
	Path  string         // in the image, or as the registry names it where that is nothing of the image
	Named bool           // by the registry
	File  *unattend.File // nil: there is none, or it can't be read
	Fault error

	by      string            // who makes the file; empty: it is in the image
	namedBy string            // who makes the registry name it; empty: it does in the image
	adds    map[string]string // by pass: who writes settings of it into the file
}

// Heeded tells whether it has settings for a pass that Windows does not skip.
func (f *Found) Heeded(pass string) bool {
	if f.adds[pass] != "" {
		return true
	}
	return f.File != nil && slices.Contains(f.File.Passes(), pass) && !f.File.Processed(pass)
}

// Files are the answer files of an image.
type Files []Found

// Ahead knows what becomes of an image before Windows looks for answer files: what a
// file or a value of the registry will hold, nil if it will not be there, and who
// decides so, nobody if it stays as it is; and the parts that are written into a file,
// with who does.
type Ahead interface {
	File(name string) (data []byte, by string, err error)
	Parts(name string) map[string]string
	Value(key, name string) (v *image.Value, by string, err error)
}

// First returns the file that Windows takes for a pass, or nil.
func (l Files) First(pass string) *Found {
	var best *Found
	rank := func(f *Found) int {
		if f.Named {
			return -1
		}
		return Rank(f.Path, pass)
	}
	for i := range l {
		f := &l[i]
		if f.Heeded(pass) && (f.Named || Rank(f.Path, pass) >= 0) && (best == nil || rank(f) < rank(best)) {
			best = f
		}
	}
	return best
}

// Find returns the answer files of an image: that which the registry names, and
// those in the folders that Windows looks into, whether by their names it takes
// them or not. With ahead, they are as they will be; of those that are not there yet
// there are only those with names that Windows takes.
func Find(s image.Session, ahead Ahead) (Files, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, nil
	}
	l := look{files, ahead}
	named, err := l.registered(s)
	if err != nil {
		return nil, err
	}
	var list Files
	if named != nil {
		list = append(list, *named)
	}
	known := func(name string) bool {
		return slices.ContainsFunc(list, func(f Found) bool { return nt.Equal(f.Path, name) })
	}
	for _, folder := range folders() {
		entries, err := files.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			if info, statErr := files.Stat(folder); statErr == nil && !info.IsDir() {
				continue
			}
			return nil, err
		}
		for _, e := range entries {
			name, lower := path.Join(folder, e.Name()), strings.ToLower(e.Name())
			if e.IsDir() || !strings.Contains(lower, "unattend") || path.Ext(lower) != ".xml" || named != nil && nt.Equal(named.Path, name) {
				continue
			}
			f, err := l.at(name)
			if err != nil {
				return nil, err
			}
			if f != nil {
				list = append(list, *f)
			}
		}
	}
	if ahead != nil {
		for _, name := range slices.Concat(Places("specialize"), Places("windowsPE")) {
			if known(name) {
				continue
			}
			f, err := l.at(name)
			if err != nil {
				return nil, err
			}
			if f != nil && (f.by != "" || len(f.adds) > 0) {
				list = append(list, *f)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Found) int { return a.place() - b.place() })
	return list, nil
}

// place orders files for people: as they are looked at, then those of Setup alone,
// then the others.
func (f *Found) place() int {
	const setup, last = 50, 100
	if f.Named {
		return -1
	}
	if i := Rank(f.Path, "specialize"); i >= 0 {
		return i
	}
	if i := Rank(f.Path, "windowsPE"); i >= 0 {
		return setup + i
	}
	return last
}

// look finds answer files as they are, or will be.
type look struct {
	files image.Files
	ahead Ahead // nil: as they are
}

// at returns the file of that name; nil if it will go.
func (l look) at(name string) (*Found, error) {
	f := &Found{Path: name}
	if l.ahead != nil {
		data, by, err := l.ahead.File(name)
		if err != nil || by != "" && data == nil {
			return nil, err
		}
		if by != "" {
			f.by = by
			f.File, f.Fault = unattend.Parse(data)
			return f, nil
		}
		f.adds = map[string]string{}
		for part, by := range l.ahead.Parts(name) {
			pass, _, _ := strings.Cut(part, "/")
			f.adds[pass] = by
		}
	}
	_, f.File, f.Fault = Load(l.files, name)
	return f, nil
}

// value returns what the registry names as the answer file, and who decides so; nil if
// it names nothing.
func (l look) value(s image.Session) (*image.Value, string, error) {
	if l.ahead != nil {
		if v, by, err := l.ahead.Value(Key, Value); err != nil || by != "" {
			return v, by, err
		}
	}
	reg, ok := image.As[image.Registry](s)
	if !ok {
		return nil, "", nil
	}
	v, err := reg.Value(Key, Value)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	return &v, "", err
}

// registered returns the file that the registry names, or nil.
func (l look) registered(s image.Session) (*Found, error) {
	v, by, err := l.value(s)
	if err != nil || v == nil {
		return nil, err
	}
	text, err := v.Text()
	if text = strings.TrimSpace(text); err != nil || text == "" {
		return nil, nil // it names nothing
	}
	name, ok := inside(text)
	if !ok {
		return &Found{Path: text, Named: true, namedBy: by, Fault: errors.New("it is not in the image")}, nil
	}
	f, err := l.at(name)
	if err != nil {
		return nil, err
	}
	if f == nil {
		f = &Found{Path: name}
	}
	f.Named, f.namedBy = true, by
	if f.Fault == nil && f.File == nil {
		f.Fault = errors.New("there is no such file in the image")
	}
	return f, nil
}

// inside returns the name in the image of a file that Windows calls so.
func inside(text string) (string, bool) {
	for prefix, instead := range map[string]string{"%windir%": `C:\Windows`, "%systemroot%": `C:\Windows`, "%systemdrive%": "C:"} {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = instead + text[len(prefix):]
		}
	}
	name, err := image.CleanPath(strings.TrimPrefix(text, `\??\`))
	return name, err == nil && name != "."
}

// Load reads an answer file of an image, and returns its bytes, too; nothing where
// there is none.
func Load(files image.Files, name string) ([]byte, *unattend.File, error) {
	info, err := files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case info.IsDir():
		return nil, nil, &Odd{name, "is a folder"}
	case !info.Mode().IsRegular():
		return nil, nil, &Odd{name, "is a link"}
	}
	r, err := files.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, unattend.MaxSize+1))
	if err != nil {
		return nil, nil, err
	}
	f, err := unattend.Parse(data)
	if err != nil {
		return nil, nil, &Odd{name, fmt.Sprintf("can't be read: %v", err)}
	}
	return data, f, nil
}

// Odd is something that is no answer file, in the place of one.
type Odd struct {
	Name string
	Is   string // goes on after the name
}

func (o *Odd) Error() string { return o.Name + " " + o.Is }
