// Package document is the plan as a public contract: one type, [Plan], with one JSON form,
// which docs/json.md describes. Everything that shows a plan, checks it or hands it to
// another program reads this; nothing that carries a plan out does.
//
// [New] fills it from what the planner found, without sensitive values. What depends on the
// machine and its store, such as what a run will cost, is added by who knows it.
package document

import (
	"time"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Version is the format_version of [Plan]. The second number grows when something is
// added, the first when something changes its meaning or is removed.
const Version = "1.6"

// Plan is a plan. Lists are never null.
type Plan struct {
	FormatVersion string            `json:"format_version"`
	GildVersion   string            `json:"gild_version"`
	Revision      planner.Revision  `json:"revision,omitzero"`  // of the configuration
	Digest        string            `json:"digest"`             // identifies the plan; reports name it
	Complete      bool              `json:"complete"`           // false: limited with -target
	Applyable     bool              `json:"applyable"`          // there is something to do
	Changes       planner.Counts    `json:"changes"`            // of all images
	Holds         planner.Holding   `json:"holds"`              // how all images will hold their resources
	Expected      *Expected         `json:"expected,omitempty"` // only if it was looked up, and there is something to do
	Images        []*Image          `json:"images"`
	Waiting       []planner.Waiting `json:"waiting"` // images that can be planned only when these are made
}

// Image is what has to be done to one image.
type Image struct {
	Name            string            `json:"name"`
	Source          Source            `json:"source"`
	Output          string            `json:"output,omitempty"` // file to write; empty with Target
	Target          string            `json:"target,omitempty"` // folder that is changed in place; empty with Output
	Backend         string            `json:"backend"`
	Clock           time.Time         `json:"clock"`           // the time everything written carries
	Export          image.Format      `json:"export,omitzero"` // how the output is written, if the configuration says
	Warnings        []string          `json:"warnings"`        // about the source
	UpToDate        bool              `json:"up_to_date"`
	Reasons         []string          `json:"reasons"`         // why the output is rebuilt, apart from what its resources say
	Dropped         []planner.Dropped `json:"dropped"`         // what the output was made with and is no longer declared
	Drift           *planner.Drift    `json:"drift,omitempty"` // what was changed in the output since gild made it
	Changes         planner.Counts    `json:"changes"`
	Holds           planner.Holding   `json:"holds"`
	ResourceChanges []*ResourceChange `json:"resource_changes"` // every resource, in the order of the configuration
	Steps           []*Step           `json:"steps"`            // what is done to the source, in order
	Order           []planner.Edge    `json:"order"`            // why the steps are in their order
	Start           string            `json:"start"`            // ID of the image before the first step
	Head            string            `json:"head"`             // ID of the finished image
	Cached          int               `json:"cached"`           // how many of the first steps are in checkpoints; see [Image.SetCached]
}

// Source is the image a plan starts from; with a target, the image in its folder.
type Source struct {
	Path        string  `json:"path"`
	Words       string  `json:"words,omitempty"` // what the author calls it, if not by its path
	From        string  `json:"from,omitempty"`  // the image whose output it is
	Within      *Within `json:"within,omitempty"`
	Index       int     `json:"index"` // number of the image in the file; 0: a folder
	Name        string  `json:"name,omitempty"`
	Product     string  `json:"product,omitempty"`
	Edition     string  `json:"edition,omitempty"`
	Arch        string  `json:"arch,omitempty"`
	Version     string  `json:"version,omitempty"`
	Fingerprint string  `json:"fingerprint"` // of its content; empty with a target
}

// Within is where a source is that is a file in the source of another image.
type Within struct {
	Image string `json:"image"`
	Path  string `json:"path"`
}

// ResourceChange is what happens to one resource.
type ResourceChange struct {
	Address         string           `json:"address"`
	Module          string           `json:"module_address,omitempty"` // that declares it; empty: the configuration itself
	Kind            string           `json:"kind"`
	Name            string           `json:"name,omitempty"`
	Index           string           `json:"index,omitempty"`  // key of for_each
	Parent          string           `json:"parent,omitempty"` // address of the resource that expands to this one
	Action          providers.Action `json:"action"`
	Before          Value            `json:"before"` // null: not there
	After           Value            `json:"after"`
	BeforeSensitive []string         `json:"before_sensitive"` // attributes whose value is withheld
	AfterSensitive  []string         `json:"after_sensitive"`
	Wanted          []string         `json:"wanted"`      // attributes that the configuration decides on
	Differences     []Difference     `json:"differences"` // in the order of the kind's schema
	DependsOn       []string         `json:"depends_on"`  // addresses
	Needs           []string         `json:"needs"`       // images whose outputs it uses
	Phase           providers.Phase  `json:"phase"`
	Steps           []int            `json:"steps"`            // numbers, from 1, of the steps that make it
	Effect          string           `json:"effect,omitempty"` // when and by what it takes effect; empty without a step
	Waits           bool             `json:"waits"`            // after apply it, or a part of it, is still work for the first boot
	OnError         string           `json:"on_error"`         // stop, or skip: the image is of use without it
	Lacks           []Lack           `json:"lacks"`            // parts that planning has left out, as on_error = "skip" says
	Range           planner.Place    `json:"range"`
}

// Difference is one attribute that changes.
type Difference struct {
	Attribute string `json:"attribute"`
	Before    Value  `json:"before"`
	After     Value  `json:"after"`
	Sensitive bool   `json:"sensitive"` // the values are withheld
}

// Lack is a part of a resource that is left out.
type Lack struct {
	Address string `json:"address"` // of the part
	Why     string `json:"why"`
}

// Step is one change to the source, or to what the steps before it made of it.
type Step struct {
	ID      string `json:"id"`
	Address string `json:"address"` // of the resource, or of the part of it that the step makes
	// Resources are the addresses of the resources it makes a part of; none if it makes
	// one whole resource.
	Resources    []string         `json:"resources,omitempty"`
	Action       providers.Action `json:"action"`
	Way          string           `json:"way"`
	Effect       string           `json:"effect"`
	Waits        bool             `json:"waits"`           // its work, or a part of it, is queued for the first boot
	Irreversible bool             `json:"irreversible"`    // no other change undoes it
	Again        string           `json:"again,omitempty"` // why the change is made although the image holds it
	Cached       bool             `json:"cached"`          // it is in a checkpoint
}

// Expected is what it takes to carry the plan out, as far as earlier runs tell.
type Expected struct {
	Seconds         *float64 `json:"seconds"`  // null: nothing is known
	Complete        bool     `json:"complete"` // false: what is unknown is not in it
	Unknown         []string `json:"unknown"`
	Checkpoints     int      `json:"checkpoints"`        // how many will be made; at least, if the worst loss is unknown
	WorstLoss       *float64 `json:"worst_loss_seconds"` // most work that a crash can cost; null: some of it is unknown
	RoomBytes       int64    `json:"room_bytes"`         // for what is written: the sum of the following
	OutputBytes     int64    `json:"output_bytes"`
	CheckpointBytes int64    `json:"checkpoint_bytes"`
	ScratchBytes    int64    `json:"scratch_bytes"`
}

// Value is a value without its type in JSON. One that [New] made has the type of the
// kind's schema, one that was read from JSON the type that its form implies.
type Value = ctyjson.SimpleJSONValue

// SetCached notes how many of the first steps are in checkpoints.
func (img *Image) SetCached(n int) {
	img.Cached = n
	for i, s := range img.Steps {
		s.Cached = i < n
	}
}

// LastStep returns the last of the steps that make a resource; nil if there is none.
func (img *Image) LastStep(c *ResourceChange) *Step {
	if n := len(c.Steps); n > 0 && c.Steps[n-1] >= 1 && c.Steps[n-1] <= len(img.Steps) {
		return img.Steps[c.Steps[n-1]-1]
	}
	return nil
}
