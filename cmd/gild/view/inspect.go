package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/image"
)

// Inspection is what inspect finds.
type Inspection struct {
	FormatVersion string `json:"format_version"`
	Path          string `json:"path"`
	File          *File  `json:"wim,omitempty"`   // of a WIM file
	Image         *Image `json:"image,omitempty"` // if one is selected

	holdings []Holding
}

// MarshalJSON writes everything of a kind in the image under the kind's name: a
// list, or an object where an image holds it once.
func (r Inspection) MarshalJSON() ([]byte, error) {
	type head Inspection
	out, err := json.Marshal(head(r))
	if err != nil {
		return nil, err
	}
	for _, h := range r.holdings {
		name, _ := json.Marshal(h.Name) // a string
		value, err := json.Marshal(h)
		if err != nil {
			return nil, err
		}
		out = slices.Concat(out[:len(out)-1], []byte(","), name, []byte(":"), value, []byte("}"))
	}
	return out, nil
}

// File is the description of a WIM file.
type File struct {
	Size        int64    `json:"size"`
	Compression string   `json:"compression"`
	ChunkSize   int      `json:"chunk_size"`
	GUID        string   `json:"guid"`
	BootIndex   int      `json:"boot_index"`
	Images      []Listed `json:"images"`
}

// Listed is the description of one image in a WIM file.
type Listed struct {
	Index       int       `json:"index"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Dirs        int64     `json:"dirs"`
	Files       int64     `json:"files"`
	Bytes       int64     `json:"bytes"`
	Modified    time.Time `json:"modified"`
}

// Image is the description of an image.
type Image struct {
	Index            int             `json:"index,omitempty"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	ProductName      string          `json:"product_name"`
	Edition          string          `json:"edition"`
	InstallationType string          `json:"installation_type"`
	Arch             string          `json:"arch"`
	Version          string          `json:"version"`
	Languages        []string        `json:"languages"`
	DefaultLanguage  string          `json:"default_language"`
	Dirs             int64           `json:"dirs"`
	Files            int64           `json:"files"`
	Bytes            int64           `json:"bytes"`
	Created          *time.Time      `json:"created"`
	Modified         *time.Time      `json:"modified"`
	Fingerprint      string          `json:"fingerprint"`
	Receipt          json.RawMessage `json:"receipt"` // null if gild did not make the image
	Warnings         []string        `json:"warnings"`
}

// NewImage makes an Image.
func NewImage(i image.Info) *Image {
	out := &Image{
		Index: i.Index, Name: i.Name, Description: i.Description, ProductName: i.ProductName, Edition: i.Edition,
		InstallationType: i.InstallationType, Arch: i.Arch, Version: i.Version,
		Languages: list(i.Languages), DefaultLanguage: i.DefaultLanguage,
		Dirs: i.Dirs, Files: i.Files, Bytes: i.Bytes, Created: when(i.Created), Modified: when(i.Modified),
		Fingerprint: i.Fingerprint, Warnings: list(i.Warnings), Receipt: json.RawMessage("null"),
	}
	if json.Valid(i.Receipt) {
		out.Receipt = i.Receipt
	}
	return out
}

// list returns a list that is not null in JSON.
func list(l []string) []string { return append([]string{}, l...) }

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// PrintImages prints the images of a file.
func (r Inspection) PrintImages(s *Screen) {
	r.printFile(s)
	rows := [][]string{{"NUMBER", "NAME", "FILES", "SIZE", "MODIFIED"}}
	for _, i := range r.File.Images {
		rows = append(rows, []string{fmt.Sprint(i.Index), printable(i.Name), fmt.Sprint(i.Files), size.Text(i.Bytes), day(i.Modified)})
	}
	s.out.printf("\n")
	s.out.rows("", rows)
}

func (r Inspection) printFile(s *Screen) {
	f := r.File
	s.out.printf("%s: %s, %s, %s, GUID %s\n", r.Path, size.Text(f.Size), f.Compression, count(len(f.Images), "image"), f.GUID)
}

// printTitle prints the name of the image.
func (r Inspection) printTitle(s *Screen) {
	title := r.Path
	if r.File != nil {
		title = fmt.Sprintf("%s:%d", r.Path, r.Image.Index)
	}
	s.out.printf("%s\n", s.out.paint(bold, title))
}

// Print prints what is in one image.
func (r Inspection) Print(s *Screen) {
	if r.File != nil {
		r.printFile(s)
	}
	i := r.Image
	r.printTitle(s)
	var rows [][]string
	row := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, printable(text)})
		}
	}
	row("Name", i.Name)
	row("Description", i.Description)
	row("Product", i.ProductName)
	row("Edition", i.Edition)
	row("Installation type", i.InstallationType)
	row("Architecture", i.Arch)
	row("Version", i.Version)
	row("Languages", languages(i))
	if i.Files > 0 || i.Dirs > 0 {
		row("Files", fmt.Sprintf("%d in %d folders, %s", i.Files, i.Dirs, size.Text(i.Bytes)))
	}
	row("Created", moment(i.Created))
	row("Modified", moment(i.Modified))
	row("Made by gild", yesNo(string(i.Receipt) != "null"))
	for _, h := range r.holdings {
		row("Of kind "+h.Name, h.summary())
	}
	s.out.rows("  ", rows)
	i.printWarnings(s)
}

func (i *Image) printWarnings(s *Screen) {
	for _, text := range i.Warnings {
		s.out.printf("  %s %s\n", s.out.paint(yellow, "!"), printable(text))
	}
}

func languages(i *Image) string {
	text := strings.Join(i.Languages, ", ")
	if i.DefaultLanguage != "" && len(i.Languages) > 1 {
		text += " (default: " + i.DefaultLanguage + ")"
	}
	return text
}

func yesNo(b bool) string {
	if b {
		return "yes; gild show tells how"
	}
	return "no"
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
