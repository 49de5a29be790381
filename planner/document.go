package planner

import (
	"encoding/json"
	"time"

	"github.com/gildhq/gild/providers"
)

// DocumentVersion is the format_version of [Document]. The minor number grows
// when something is added, the major one when something changes or goes.
const DocumentVersion = "1.0"

// Document is a plan for other programs to read, as plan -json and show -json
// print it. Sensitive values are replaced by null.
type Document struct {
	FormatVersion string          `json:"format_version"`
	GildVersion   string          `json:"gild_version"`
	Complete      bool            `json:"complete"`  // false: limited with -target
	Applyable     bool            `json:"applyable"` // there is something to do
	Changes       Counts          `json:"changes"`   // of all images
	Images        []DocumentImage `json:"images"`
}

// DocumentImage is what has to be done to one image.
type DocumentImage struct {
	Name            string           `json:"name"`
	Source          *DocumentSource  `json:"source,omitempty"`
	Output          string           `json:"output,omitempty"`
	Target          string           `json:"target,omitempty"`
	Backend         string           `json:"backend"`
	Clock           time.Time        `json:"clock"`
	UpToDate        bool             `json:"up_to_date"`
	Reasons         []string         `json:"reasons"`
	Dropped         []Dropped        `json:"dropped"`
	Changes         Counts           `json:"changes"`
	ResourceChanges []ResourceChange `json:"resource_changes"` // every resource, in the order of the configuration
	Steps           []DocumentStep   `json:"steps"`            // in the order they are carried out
	Start           string           `json:"start"`
	Head            string           `json:"head"`
}

// DocumentSource names the image a plan starts from.
type DocumentSource struct {
	Path        string `json:"path"`
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
}

// NewDocument makes the document of a plan.
func NewDocument(p *Plan) Document { return Document{} }
