package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/image"
)

// Layers is the JSON form of a store's checkpoints.
type Layers struct {
	FormatVersion string  `json:"format_version"`
	Store         string  `json:"store"`
	Bytes         int64   `json:"bytes"`               // what checkpoints share counts once
	MaxBytes      int64   `json:"max_bytes,omitempty"` // the limit; left out if it is not known
	Layers        []Layer `json:"layers"`
}

// Layer is one checkpoint.
type Layer struct {
	ID       string     `json:"id"`
	Backend  string     `json:"backend"`
	Image    string     `json:"image,omitempty"`
	Step     int        `json:"step,omitempty"`
	Steps    int        `json:"steps,omitempty"`
	Address  string     `json:"address,omitempty"`
	Sealed   *time.Time `json:"sealed,omitempty"`
	Used     time.Time  `json:"used"`
	Bytes    int64      `json:"bytes"`     // with what it shares with others
	OwnBytes int64      `json:"own_bytes"` // not shared with others
	Parent   string     `json:"parent,omitempty"`
	UsedBy   []string   `json:"used_by"` // null if it is not known
	Damage   string     `json:"damage,omitempty"`
}

// NewLayers makes Layers from some of all checkpoints of a store. Without known, it
// leaves out which images use them.
func NewLayers(store string, all, list []retention.Checkpoint, room int64, known bool) Layers {
	l := Layers{FormatVersion: "1.0", Store: store, Bytes: retention.Room(list), MaxBytes: room, Layers: []Layer{}}
	for _, c := range list {
		l.Layers = append(l.Layers, newLayer(all, c, known))
	}
	return l
}

func newLayer(all []retention.Checkpoint, c retention.Checkpoint, known bool) Layer {
	l := Layer{
		ID: c.ID, Backend: c.Backend, Image: c.Seal.Image, Step: c.Seal.Step, Steps: c.Seal.Steps, Address: c.Seal.Address,
		Used: c.Used.UTC(), Parent: c.Parent, Bytes: retention.Room([]retention.Checkpoint{c}), OwnBytes: retention.Own(all, c),
	}
	if !c.Seal.Time.IsZero() {
		l.Sealed = &c.Seal.Time
	}
	if known {
		l.UsedBy = list(c.Images)
	}
	if c.Damage != nil {
		l.Damage = c.Damage.Error()
	}
	return l
}

// Print prints a line for each checkpoint, and the size of all of them.
func (l Layers) Print(s *Screen) {
	if len(l.Layers) == 0 {
		s.out.printf("There are no checkpoints in %s.\n", l.Store)
		return
	}
	printLayers(s, l.Layers)
	s.out.printf("\n%s in %s: %s", count(len(l.Layers), "checkpoint"), l.Store, size.Text(l.Bytes))
	if l.MaxBytes > 0 {
		s.out.printf(" of the %s they may take", size.Text(l.MaxBytes))
	}
	s.out.printf(".\n")
}

func printLayers(s *Screen, layers []Layer) {
	rows := [][]string{{"ID", "IMAGE", "AFTER STEP", "SEALED", "OWN SIZE", "STANDS ON", "USED BY"}}
	for _, l := range layers {
		rows = append(rows, []string{ShortID(l.ID), orDash(printable(l.Image)), l.after(), l.sealed(), size.Text(l.OwnBytes), l.on(), l.usedBy()})
	}
	s.out.rows("", rows)
}

// ShortID is the beginning of an ID, for people.
func ShortID(id string) string { return id[:min(12, len(id))] }

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (l Layer) after() string {
	if l.Step == 0 {
		return "-"
	}
	at := fmt.Sprintf("%d of %d", l.Step, l.Steps)
	if _, local, found := strings.Cut(l.Address, "/"); found {
		at += ", " + printable(local)
	}
	return at
}

func (l Layer) sealed() string {
	if l.Sealed == nil {
		return "-"
	}
	return l.Sealed.Format("2006-01-02 15:04:05Z")
}

func (l Layer) on() string {
	if l.Parent == "" {
		return "source"
	}
	return ShortID(l.Parent)
}

func (l Layer) usedBy() string {
	switch {
	case l.Damage != "":
		return "damaged"
	case l.UsedBy == nil:
		return "?"
	}
	if n := len(l.UsedBy) - 1; n > 1 {
		return fmt.Sprintf("%s and %d others", printable(l.UsedBy[0]), n)
	}
	return orDash(printable(strings.Join(l.UsedBy, ", ")))
}

// LayerContents is what a checkpoint changed.
type LayerContents struct {
	FormatVersion string        `json:"format_version"`
	Layer         Layer         `json:"layer"`
	Hives         []string      `json:"hives"`
	Written       int           `json:"written"` // files
	WrittenBytes  int64         `json:"written_bytes"`
	Removed       int           `json:"removed"`
	Changes       []LayerChange `json:"changes"` // null: it is a whole image
}

// LayerChange is the change to one path.
type LayerChange struct {
	Path    string `json:"path"`
	Change  string `json:"change"` // removed, written, folder, metadata
	Replace bool   `json:"replace,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Hive    string `json:"hive,omitempty"`
}

// NewLayerContents makes LayerContents; nil contents mean a whole image.
func NewLayerContents(all []retention.Checkpoint, c retention.Checkpoint, contents []image.Content, known bool) LayerContents {
	l := LayerContents{FormatVersion: "1.0", Layer: newLayer(all, c, known), Hives: []string{}}
	if contents != nil {
		l.Changes = []LayerChange{}
	}
	for _, e := range contents {
		change := LayerChange{Path: e.Path, Change: changeOf(e), Replace: e.Removed && changeOf(e) != "removed", Bytes: e.Size, Hive: e.Hive}
		switch change.Change {
		case "written":
			l.Written++
			l.WrittenBytes += e.Size
		case "removed":
			l.Removed++
		}
		if e.Hive != "" && e.Written {
			l.Hives = append(l.Hives, e.Hive)
		}
		l.Changes = append(l.Changes, change)
	}
	return l
}

func changeOf(e image.Content) string {
	switch {
	case e.Written:
		return "written"
	case e.Folder:
		return "folder"
	case e.Removed:
		return "removed"
	}
	return "metadata"
}

// Print prints what a checkpoint changed.
func (l LayerContents) Print(s *Screen) {
	s.out.printf("%s\n", s.out.paint(bold, "Checkpoint "+l.Layer.ID))
	printLayers(s, []Layer{l.Layer})
	if l.Layer.Damage != "" {
		s.out.printf("\nIt is damaged and not used: %s.\n", printable(l.Layer.Damage))
	}
	if l.Changes == nil {
		s.out.printf("\nIt is a whole image of %s; what it changed is not kept apart.\n", size.Text(l.Layer.Bytes))
		return
	}
	s.out.printf("\n%s (%s), %d removed", plural(l.Written, "file written", "files written"), size.Text(l.WrittenBytes), l.Removed)
	if len(l.Hives) > 0 {
		s.out.printf("; hives: %s", strings.Join(l.Hives, ", "))
	}
	s.out.printf(".\n\n")
	for _, c := range l.Changes {
		room := ""
		if c.Change == "written" {
			room = size.Text(c.Bytes)
		}
		s.out.printf("  %-8s  %8s  %s\n", c.Change, room, printable(c.Path))
	}
}

// PrintRemoved prints the checkpoints to remove, and how much space that frees.
func (l Layers) PrintRemoved(s *Screen, frees int64) {
	s.out.printf("%s\n", s.out.paint(bold, "To be removed:"))
	printLayers(s, l.Layers)
	s.out.printf("\nThat is %s and frees %s.\n", count(len(l.Layers), "checkpoint"), size.Text(frees))
}
