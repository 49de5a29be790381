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

// The registry value that names an answer file; it comes before all others.
const (
	Key   = `HKLM\SYSTEM\Setup`
	Value = "UnattendFile"
)

// Early reports whether Setup runs the pass before the image is on the disk: for these
// passes it does not search the folders of the installed Windows.
func Early(pass string) bool { return pass == "windowsPE" || pass == "offlineServicing" }

// Places returns the paths in an image where Windows looks for the settings of a pass,
// first to last, after the file that the registry names.
func Places(pass string) []string {
	if Early(pass) {
		return []string{"sources/Autounattend.xml", "Unattend.xml", "Autounattend.xml"}
	}
	return []string{
		"Windows/Panther/Unattend/Unattend.xml", "Windows/Panther/Unattend/Autounattend.xml", Panther,
		"Windows/System32/Sysprep/Unattend.xml", "Unattend.xml", "Autounattend.xml",
	}
}

// folders are those that Windows searches.
func folders() []string {
	return []string{"Windows/Panther/Unattend", "Windows/Panther", "Windows/System32/Sysprep", "sources", "."}
}

// Searched reports whether Windows looks for answer files in the folder of a file.
func Searched(name string) bool {
	return slices.ContainsFunc(folders(), func(f string) bool { return nt.Equal(f, path.Dir(name)) })
}

// Rank is the position of a file in Windows' search order for a pass; -1 if it is not
// in that order.
func Rank(name, pass string) int {
	return slices.IndexFunc(Places(pass), func(p string) bool { return nt.Equal(p, name) })
}

// Found is an answer file of an image.
type Found struct {
	Path  string         // in the image, or as the registry names it if that is not in the image
	Named bool           // by the registry
	File  *unattend.File // nil: there is none, or it can't be read
	Fault error

	by      string            // the resource that makes the file; empty: it is in the image
	namedBy string            // the resource that makes the registry name it; empty: it does so in the image
	adds    map[string]string // by pass: the resource that writes its settings into the file
}

// Heeded reports whether Windows would use its settings for a pass.
func (f *Found) Heeded(pass string) bool {
	if f.adds[pass] != "" {
		return true
	}
	return f.File != nil && slices.Contains(f.File.Passes(), pass) && !f.File.Processed(pass)
}

// Files are the answer files of an image.
type Files []Found

// Ahead knows the image as it will be when Windows looks for answer files: the future
// content of a file or registry value (nil if it will not exist) and the resource that
// decides on it (empty if it stays as it is); also the settings that resources write
// into a file.
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

// Find returns the answer files of an image: the one that the registry names, and
// those in the folders that Windows searches, even if Windows ignores their names.
// With ahead they are as they will be; files that do not exist yet are included only
// if Windows uses their names.
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

// place orders files for display: in search order, then those only Setup reads,
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

// at returns the file of that name; nil if it will not exist.
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

// value returns the registry value that names the answer file, and the resource that
// decides so; nil if it names none.
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

// inside returns the name in the image of a file by its Windows path.
func inside(text string) (string, bool) {
	for prefix, instead := range map[string]string{"%windir%": `C:\Windows`, "%systemroot%": `C:\Windows`, "%systemdrive%": "C:"} {
		if nt.HasPrefix(text, prefix) {
			text = instead + text[len(prefix):]
		}
	}
	name, err := image.CleanPath(strings.TrimPrefix(text, `\??\`))
	return name, err == nil && name != "."
}

// Load reads an answer file of an image, and also returns its bytes; nil if there
// is none.
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

// Odd is the error of something at the path of an answer file that is not one.
type Odd struct {
	Name string
	Is   string // follows the name in the message
}

func (o *Odd) Error() string { return o.Name + " " + o.Is }
