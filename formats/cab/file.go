package cab

import (
	"bytes"
	"fmt"
	"time"
)

// CFFILE ([MS-CAB] §2.3).
const (
	fileSize = 16 // without the name

	attrUTF8Name = 0x80

	folderContinued = 0xFFFD // this and what is above: the file belongs to several cabinets
)

// Attributes are those that DOS knows, and Exec.
type Attributes uint16

// The attributes.
const (
	ReadOnly Attributes = 0x01
	Hidden   Attributes = 0x02
	System   Attributes = 0x04
	Archive  Attributes = 0x20
	Exec     Attributes = 0x40 // to be run after extraction
)

// A File is one file of a cabinet.
type File struct {
	// Name is the name as the cabinet has it, mostly with backslashes, in UTF-8.
	// It can be anything, "..\x" for one: see [File.Path].
	Name string
	// RawName holds the bytes of the name. Where UTF8 is false they are in the
	// code page of the machine that made the cabinet, which nothing tells; Name
	// takes it for Windows-1252.
	RawName []byte
	UTF8    bool

	Size       int64
	Modified   time.Time // local time of whoever made the cabinet, given as UTC, to 2 s; zero if it is not a time
	Attributes Attributes

	Folder *Folder
	Offset int64 // where it begins in the content of the folder

	cabinet *Reader
}

func (s *scanner) file(r *Reader) (*File, error) {
	b, err := s.take(fileSize)
	if err != nil {
		return nil, err
	}
	attributes := le.Uint16(b[14:])
	f := &File{
		UTF8:       attributes&attrUTF8Name != 0,
		Size:       int64(le.Uint32(b)),
		Modified:   dosTime(le.Uint16(b[10:]), le.Uint16(b[12:])),
		Attributes: Attributes(attributes &^ attrUTF8Name),
		Offset:     int64(le.Uint32(b[4:])),
		cabinet:    r,
	}
	folder := int(le.Uint16(b[8:]))
	name, err := s.text()
	if err != nil {
		return nil, err
	}
	f.RawName = bytes.Clone(name)
	f.Name = decodeName(name, f.UTF8)
	switch {
	case len(name) == 0:
		return nil, corrupt("it has no name")
	case folder >= folderContinued:
		return nil, fmt.Errorf("%w: %q goes on in another cabinet; extract the set with expand or cabextract and use the files", ErrUnsupported, f.Name)
	case folder >= len(r.Folders):
		return nil, corrupt("%q is in folder %d of %d", f.Name, folder, len(r.Folders))
	}
	f.Folder = r.Folders[folder]
	return f, nil
}

// dosTime returns the time of an MS-DOS date and time, or the zero time if
// they are none.
func dosTime(date, clock uint16) time.Time {
	year, month, day := 1980+int(date>>9), time.Month(date>>5&15), int(date&31)
	hour, minute, second := int(clock>>11), int(clock>>5&63), int(clock&31)*2
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	if t.Month() != month || t.Day() != day || t.Hour() != hour || t.Minute() != minute {
		return time.Time{}
	}
	return t
}
