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

	"github.com/gildhq/gild/formats/hive"
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
}

// Heeded tells whether it has settings for a pass that Windows does not skip.
func (f *Found) Heeded(pass string) bool {
	return f.File != nil && slices.Contains(f.File.Passes(), pass) && !f.File.Processed(pass)
}

// Files are the answer files of an image.
type Files []Found

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
// them or not.
func Find(s image.Session) (Files, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, nil
	}
	named, err := registered(s, files)
	if err != nil {
		return nil, err
	}
	var list Files
	if named != nil {
		list = append(list, *named)
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
			f := Found{Path: name}
			_, f.File, f.Fault = Load(files, name)
			list = append(list, f)
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

// registered returns the file that the registry names, or nil.
func registered(s image.Session, files image.Files) (*Found, error) {
	reg, ok := image.As[image.Registry](s)
	if !ok {
		return nil, nil
	}
	v, err := reg.Value(Key, Value)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := hive.Value{Name: Value, Type: v.Type, Data: v.Data}.Text()
	if text = strings.TrimSpace(text); err != nil || text == "" {
		return nil, nil // it names nothing
	}
	f := &Found{Path: text, Named: true}
	name, ok := inside(text)
	if !ok {
		f.Fault = errors.New("it is not in the image")
		return f, nil
	}
	f.Path = name
	_, f.File, f.Fault = Load(files, name)
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
