package planner

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// DocumentVersion is the format_version of [Document]. The minor number grows when
// something is added, the major one when something changes its meaning or is
// removed.
const DocumentVersion = "1.2"

// Document is a plan for other programs to read, as plan -json and show -json
// print it. Sensitive values are replaced by null.
type Document struct {
	FormatVersion string          `json:"format_version"`
	GildVersion   string          `json:"gild_version"`
	Complete      bool            `json:"complete"`  // false: limited with -target
	Applyable     bool            `json:"applyable"` // there is something to do
	Changes       Counts          `json:"changes"`   // of all images
	Holds         Holding         `json:"holds"`     // how all images will hold them
	Images        []DocumentImage `json:"images"`
	Waiting       []Waiting       `json:"waiting"` // images that can be planned only when these are made
}

// DocumentImage is what has to be done to one image.
type DocumentImage struct {
	Name            string           `json:"name"`
	Source          *DocumentSource  `json:"source,omitempty"`
	Output          string           `json:"output,omitempty"`
	Target          string           `json:"target,omitempty"`
	Backend         string           `json:"backend"`
	Clock           time.Time        `json:"clock"`
	Export          image.Format     `json:"export,omitzero"` // how the output is written, if the configuration says
	UpToDate        bool             `json:"up_to_date"`
	Reasons         []string         `json:"reasons"`
	Dropped         []Dropped        `json:"dropped"`
	Drift           *Drift           `json:"drift,omitempty"` // what was changed in the output since gild made it
	Changes         Counts           `json:"changes"`
	Holds           Holding          `json:"holds"`            // how the image will hold them
	ResourceChanges []ResourceChange `json:"resource_changes"` // every resource, in the order of the configuration
	Steps           []DocumentStep   `json:"steps"`            // in the order they are carried out
	Start           string           `json:"start"`
	Head            string           `json:"head"`
	Cached          int              `json:"cached,omitempty"` // how many of the first steps are in checkpoints; only if that was looked up
}

// DocumentSource names the image a plan starts from.
type DocumentSource struct {
	Path        string `json:"path"`
	Words       string `json:"words,omitempty"` // what the author calls it, if not by its path
	From        string `json:"from,omitempty"`  // the image whose output it is
	Index       int    `json:"index"`
	Name        string `json:"name,omitempty"`
	Product     string `json:"product,omitempty"`
	Edition     string `json:"edition,omitempty"`
	Arch        string `json:"arch,omitempty"`
	Version     string `json:"version,omitempty"`
	Fingerprint string `json:"fingerprint"`
}

// ResourceChange is what happens to one resource.
type ResourceChange struct {
	Address         string               `json:"address"`
	Kind            string               `json:"kind"`
	Action          providers.Action     `json:"action"`
	Before          json.RawMessage      `json:"before"` // null: not there
	After           json.RawMessage      `json:"after"`
	BeforeSensitive []string             `json:"before_sensitive"` // attributes whose value is left out
	AfterSensitive  []string             `json:"after_sensitive"`
	Differences     []DocumentDifference `json:"differences"`
	Range           Place                `json:"range"`
}

// DocumentDifference is one attribute that changes.
type DocumentDifference struct {
	Attribute string          `json:"attribute"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	Sensitive bool            `json:"sensitive"`
}

// DocumentStep is one change to the source.
type DocumentStep struct {
	ID      string           `json:"id"`
	Address string           `json:"address"`
	Action  providers.Action `json:"action"`
	Way     string           `json:"way"`
	Effect  string           `json:"effect"`
	Waits   bool             `json:"waits,omitempty"` // its work, or a part of it, is queued for the first boot
	// Resources are the addresses of the resources it is a part of, if it makes a part.
	Resources []string `json:"resources,omitempty"`
	Again     string   `json:"again,omitempty"`  // why the change is made although the image holds it
	Cached    bool     `json:"cached,omitempty"` // it is in a checkpoint
}

// NewDocument makes the document of a plan.
func NewDocument(p *Plan) Document {
	doc := Document{
		FormatVersion: DocumentVersion, GildVersion: p.Gild, Complete: !p.Incomplete,
		Applyable: !p.Empty(), Changes: p.Counts(), Holds: p.Holding(), Images: []DocumentImage{}, Waiting: list(p.Waiting),
	}
	for _, img := range p.Images {
		doc.Images = append(doc.Images, documentImage(img))
	}
	return doc
}

func documentImage(img *Image) DocumentImage {
	d := DocumentImage{
		Name: img.Name, Output: img.Output, Target: img.Target, Backend: img.Backend, Clock: img.Clock, Export: img.Export, UpToDate: img.UpToDate,
		Reasons: list(img.Reasons), Dropped: list(img.Dropped), Drift: img.Drift, Changes: img.Counts(), Holds: img.Holding(),
		ResourceChanges: []ResourceChange{}, Steps: []DocumentStep{}, Start: img.Start, Head: img.Head, Cached: img.Cached,
	}
	if img.Target == "" {
		d.Source = &DocumentSource{
			Path: img.Source.Path, Words: img.Words, From: img.From, Index: img.Source.Index, Fingerprint: img.Fingerprint, Name: img.Info.Name,
			Product: img.Info.Product, Edition: img.Info.Edition, Arch: img.Info.Arch, Version: img.Info.Version,
		}
	}
	for _, it := range img.Items {
		d.ResourceChanges = append(d.ResourceChanges, resourceChange(it))
	}
	for n, s := range img.Steps {
		d.Steps = append(d.Steps, DocumentStep{
			ID: s.ID, Address: img.StepAddr(n).String(), Resources: img.resources(s), Action: s.Action, Way: s.Way, Effect: s.Text, Waits: s.Waits, Again: s.Again, Cached: n < img.Cached,
		})
	}
	return d
}

// resources returns the addresses of the resources that a step makes a part of; none
// if it makes one whole resource.
func (img *Image) resources(s Step) []string {
	if s.Part == "" && len(s.Also) == 0 {
		return nil
	}
	var addrs []string
	for _, i := range s.items() {
		addrs = append(addrs, img.Items[i].Addr.String())
	}
	return addrs
}

func resourceChange(it *Item) ResourceChange {
	before, after := it.Have, it.After()
	c := ResourceChange{
		Address: it.Addr.String(), Kind: it.Addr.Kind, Action: it.Action, Range: it.Place,
		Before: canonical(blank(before, it.Sensitive)), After: canonical(blank(after, it.Sensitive)),
		BeforeSensitive: it.masked(before), AfterSensitive: it.masked(after), Differences: []DocumentDifference{},
	}
	for _, d := range it.Differences {
		diff := DocumentDifference{Attribute: d.Attr, Sensitive: slices.Contains(it.Sensitive, d.Attr)}
		diff.Before, diff.After = json.RawMessage("null"), json.RawMessage("null")
		if !diff.Sensitive {
			diff.Before, diff.After = canonical(d.Have), canonical(d.Want)
		}
		c.Differences = append(c.Differences, diff)
	}
	return c
}

// After is what the image will hold: what is wanted and, for attributes that the
// author leaves open, what is there already. Null: nothing.
func (it *Item) After() cty.Value {
	if it.Absent {
		return cty.NullVal(it.Want.Type())
	}
	attrs := it.Want.AsValueMap()
	for name, v := range attrs {
		if v.IsNull() {
			attrs[name] = valueOf(it.Have, name)
		}
	}
	return cty.ObjectVal(attrs)
}

// masked lists the sensitive attributes that a value has.
func (it *Item) masked(v cty.Value) []string {
	if v.IsNull() {
		return []string{}
	}
	return list(it.Sensitive)
}

// list replaces nil with an empty list, for JSON.
func list[E any](es []E) []E {
	if es == nil {
		return []E{}
	}
	return es
}
