package inf

import (
	"strconv"
	"strings"
)

// A FileList is what a CopyFiles directive copies: the files of a section, or
// one file written @name ("INF CopyFiles directive").
type FileList struct {
	Name     string // of the section, or @name
	Line     int
	Security string // SDDL of [name.security], may be empty
	Files    []Copy
}

// A Copy is one file that is copied.
type Copy struct {
	Line   int
	Source string // name in the package
	Dest   Dest
	Flags  uint32 // COPYFLG_…
}

// fileLists reads what a CopyFiles names.
func (t *tables) fileLists(l *Line) []*FileList {
	var out []*FileList
	for _, name := range nonEmpty(l.Values) {
		if !t.spend(l.Number) {
			break
		}
		list := t.lists[fold(name)]
		if list == nil {
			list = t.fileList(l, name)
			t.lists[fold(name)] = list
		}
		if list.Line != 0 {
			out = append(out, list)
		}
	}
	return out
}

// fileList reads one; a list without a line is one that is not there.
func (t *tables) fileList(l *Line, name string) *FileList {
	if file, ok := strings.CutPrefix(name, "@"); ok {
		dest := t.directory("", l.Number)
		dest.Name = file
		return &FileList{Name: name, Line: l.Number, Files: []Copy{{Line: l.Number, Source: file, Dest: dest}}}
	}
	s := t.file.Section(name)
	if s == nil {
		t.add(l.Number, MissingSection, "%s: there is no section [%s]", l.Key, name)
		return &FileList{}
	}
	list := &FileList{Name: s.Name, Line: s.Line}
	if security := t.file.Section(s.Name + ".security"); security != nil && len(security.Lines) > 0 {
		list.Security = security.Lines[0].Value(0)
	}
	if len(s.Lines) == 0 {
		return list
	}
	dest := t.directory(s.Name, s.Line)
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Value(0) == "" {
			t.add(l.Number, Syntax, "a file is written as name, source name, , flags")
			continue
		}
		c := Copy{Line: l.Number, Source: l.Value(1), Dest: dest, Flags: t.number(l, 3, "CopyFiles flags")}
		c.Dest.Name = l.Value(0)
		if c.Source == "" {
			c.Source = c.Dest.Name
		}
		list.Files = append(list.Files, c)
	}
	return list
}

// directory returns where the files of a list go ("INF DestinationDirs
// section"). line is where that was asked.
func (t *tables) directory(list string, line int) Dest {
	dirs := t.file.Section("DestinationDirs")
	l := t.destLine(list)
	if l == nil {
		l = t.destLine("DefaultDestDir")
	}
	if l == nil {
		what := "a file copied with @"
		if list != "" {
			what = "[" + list + "]"
		}
		where := "[DestinationDirs]"
		if dirs == nil {
			where = "[DestinationDirs], which is missing,"
		}
		t.add(line, MissingValue, "%s says neither where %s goes nor a DefaultDestDir", where, what)
		return Dest{}
	}
	id, err := strconv.Atoi(l.Value(0))
	if err != nil {
		t.add(l.Number, BadValue, "destination %s of %s is not a directory identifier, a number", quote(l.Value(0)), l.Key)
		return Dest{}
	}
	id = canonicalDirid(id)
	if !knownDirid(id) {
		t.add(l.Number, BadValue, "Windows defines no directory identifier %d, which %s goes to", id, l.Key)
	}
	return Dest{Known: true, Dirid: id, Subdir: joinBackslash(l.Value(1))}
}

// destLine returns the line of [DestinationDirs] for a key, or nil.
func (t *tables) destLine(key string) *Line {
	if t.dests == nil {
		t.dests = t.file.Section("DestinationDirs").byKey()
	}
	return t.dests[fold(key)]
}

// byKey returns the first line of every key; s may be nil.
func (s *Section) byKey() map[string]*Line {
	table := map[string]*Line{}
	if s == nil {
		return table
	}
	for i := range s.Lines {
		key := fold(s.Lines[i].Key)
		if table[key] == nil && s.Lines[i].HasKey {
			table[key] = &s.Lines[i]
		}
	}
	return table
}
