package wim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
)

// ImageInfo is what the XML says about an image. What has no field here is in
// XML and stays there when the image is written.
type ImageInfo struct {
	Index              int // from 1
	Name               string
	Description        string
	DisplayName        string
	DisplayDescription string
	Flags              string // the edition's ID, by custom
	DirCount           int64  // with the root
	FileCount          int64
	TotalBytes         int64 // of all streams, those of hard links counted each time
	HardLinkBytes      int64 // the part of TotalBytes that hard links save
	Created            time.Time
	Modified           time.Time
	Windows            *WindowsInfo // nil if the image is not known to hold Windows

	// XML is the IMAGE element, a copy. On writing, fields above that are set
	// go over it.
	XML *Element
}

// WindowsInfo is what the XML says about the Windows in an image.
type WindowsInfo struct {
	Arch             int // PROCESSOR_ARCHITECTURE_*: 0 x86, 5 arm, 9 amd64, 12 arm64
	ProductName      string
	EditionID        string
	InstallationType string
	ProductType      string
	ProductSuite     string
	Hal              string
	Languages        []string
	DefaultLanguage  string
	Version          Version
	SystemRoot       string
}

// Version is a version of Windows.
type Version struct{ Major, Minor, Build, SPBuild, SPLevel int }

// String returns the four-part version, as in 10.0.22621.1.
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d.%d", v.Major, v.Minor, v.Build, v.SPBuild)
}

// Images returns what the XML says about the images; image i is at i-1.
func (f *File) Images() []ImageInfo {
	infos := slices.Clone(f.infos)
	for i := range infos {
		infos[i].XML = infos[i].XML.Clone()
		if w := infos[i].Windows; w != nil {
			c := *w
			c.Languages = slices.Clone(w.Languages)
			infos[i].Windows = &c
		}
	}
	return infos
}

// imageInfos gives every one of n images its element; one that has none gets
// an empty one.
func imageInfos(root *Element, n int) []ImageInfo {
	infos := make([]ImageInfo, n)
	for _, e := range root.Children {
		if i, err := strconv.Atoi(e.Attr("INDEX")); e.Name == "IMAGE" && err == nil && 1 <= i && i <= n {
			infos[i-1] = parseInfo(e)
		}
	}
	for i := range infos {
		if infos[i].XML == nil {
			infos[i].XML = &Element{Name: "IMAGE"}
		}
		infos[i].Index = i + 1
	}
	return infos
}

func parseInfo(e *Element) ImageInfo {
	return ImageInfo{
		Name:               e.Value("NAME"),
		Description:        e.Value("DESCRIPTION"),
		DisplayName:        e.Value("DISPLAYNAME"),
		DisplayDescription: e.Value("DISPLAYDESCRIPTION"),
		Flags:              e.Value("FLAGS"),
		DirCount:           e.number("DIRCOUNT"),
		FileCount:          e.number("FILECOUNT"),
		TotalBytes:         e.number("TOTALBYTES"),
		HardLinkBytes:      e.number("HARDLINKBYTES"),
		Created:            e.time("CREATIONTIME"),
		Modified:           e.time("LASTMODIFICATIONTIME"),
		Windows:            parseWindows(e.Find("WINDOWS")),
		XML:                e,
	}
}

func parseWindows(e *Element) *WindowsInfo {
	if e == nil {
		return nil
	}
	w := &WindowsInfo{
		Arch:             int(e.number("ARCH")),
		ProductName:      e.Value("PRODUCTNAME"),
		EditionID:        e.Value("EDITIONID"),
		InstallationType: e.Value("INSTALLATIONTYPE"),
		ProductType:      e.Value("PRODUCTTYPE"),
		ProductSuite:     e.Value("PRODUCTSUITE"),
		Hal:              e.Value("HAL"),
		DefaultLanguage:  e.Value("LANGUAGES", "DEFAULT"),
		SystemRoot:       e.Value("SYSTEMROOT"),
	}
	if languages := e.Find("LANGUAGES"); languages != nil {
		for _, l := range languages.Children {
			if l.Name == "LANGUAGE" {
				w.Languages = append(w.Languages, l.Text)
			}
		}
	}
	w.Version = Version{
		Major:   int(e.number("VERSION", "MAJOR")),
		Minor:   int(e.number("VERSION", "MINOR")),
		Build:   int(e.number("VERSION", "BUILD")),
		SPBuild: int(e.number("VERSION", "SPBUILD")),
		SPLevel: int(e.number("VERSION", "SPLEVEL")),
	}
	return w
}

// element returns the IMAGE element of i with its fields written over XML.
func (i *ImageInfo) element(index int) *Element {
	e := &Element{Name: "IMAGE"}
	if i.XML != nil {
		e = i.XML.Clone()
	}
	e.SetAttr("INDEX", strconv.Itoa(index))
	e.putNumber(i.DirCount, false, "DIRCOUNT")
	e.putNumber(i.FileCount, false, "FILECOUNT")
	e.putNumber(i.TotalBytes, false, "TOTALBYTES")
	e.putNumber(i.HardLinkBytes, false, "HARDLINKBYTES")
	e.putTime(i.Created, "CREATIONTIME")
	e.putTime(i.Modified, "LASTMODIFICATIONTIME")
	if i.Windows != nil {
		fresh := e.Find("WINDOWS") == nil
		i.Windows.put(e.Put("WINDOWS"), fresh)
	}
	e.putText(i.Name, "NAME")
	e.putText(i.Description, "DESCRIPTION")
	e.putText(i.Flags, "FLAGS")
	e.putText(i.DisplayName, "DISPLAYNAME")
	e.putText(i.DisplayDescription, "DISPLAYDESCRIPTION")
	return e
}

// put writes w to e; a fresh e gets its zeros too.
func (w *WindowsInfo) put(e *Element, fresh bool) {
	e.putNumber(int64(w.Arch), fresh, "ARCH")
	e.putText(w.ProductName, "PRODUCTNAME")
	e.putText(w.EditionID, "EDITIONID")
	e.putText(w.InstallationType, "INSTALLATIONTYPE")
	e.putText(w.Hal, "HAL")
	e.putText(w.ProductType, "PRODUCTTYPE")
	e.putText(w.ProductSuite, "PRODUCTSUITE")
	w.putLanguages(e)
	for _, n := range []struct {
		name  string
		value int
	}{
		{"MAJOR", w.Version.Major}, {"MINOR", w.Version.Minor}, {"BUILD", w.Version.Build},
		{"SPBUILD", w.Version.SPBuild}, {"SPLEVEL", w.Version.SPLevel},
	} {
		e.putNumber(int64(n.value), fresh, "VERSION", n.name)
	}
	e.putText(w.SystemRoot, "SYSTEMROOT")
}

func (w *WindowsInfo) putLanguages(e *Element) {
	if len(w.Languages) == 0 && w.DefaultLanguage == "" {
		return
	}
	l := e.Put("LANGUAGES")
	l.Children = slices.DeleteFunc(l.Children, func(c *Element) bool { return c.Name == "LANGUAGE" || c.Name == "DEFAULT" })
	for _, name := range w.Languages {
		l.Children = append(l.Children, &Element{Name: "LANGUAGE", Text: name})
	}
	l.putText(w.DefaultLanguage, "DEFAULT")
}

// putText sets the text of a child; "" leaves the child as it is.
func (e *Element) putText(text, name string) {
	if text != "" {
		e.Set(text, name)
	}
}

// putNumber sets the number at path; 0 is not put where there is nothing,
// unless zero says so.
func (e *Element) putNumber(n int64, zero bool, path ...string) {
	if n != 0 || zero || e.Find(path...) != nil {
		e.Set(strconv.FormatInt(n, 10), path...)
	}
}

// number returns the number at path, 0 where there is none.
func (e *Element) number(path ...string) int64 {
	n, err := strconv.ParseInt(e.Value(path...), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// time returns the time at name, a FILETIME in two hexadecimal halves.
func (e *Element) time(name string) time.Time {
	high, err1 := parseHex(e.Value(name, "HIGHPART"))
	low, err2 := parseHex(e.Value(name, "LOWPART"))
	if err1 != nil || err2 != nil {
		return time.Time{}
	}
	return nt.Time(high<<32 | low).Time()
}

func parseHex(s string) (uint64, error) {
	return strconv.ParseUint(strings.TrimPrefix(strings.ToLower(s), "0x"), 16, 32)
}

func (e *Element) putTime(t time.Time, name string) {
	if t.IsZero() {
		return
	}
	ft := nt.TimeOf(t)
	e.Set(fmt.Sprintf("0x%08X", uint64(ft)>>32), name, "HIGHPART")
	e.Set(fmt.Sprintf("0x%08X", uint64(ft)&0xffffffff), name, "LOWPART")
}
