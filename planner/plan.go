// Package planner compares a configuration with images and makes a plan.
//
// [Check] finds what is wrong with a configuration without opening an image. [Make] opens the
// images, for reading only, and returns a [Plan]: what the author will see change ([Item]) and, in
// order, all changes to make to the source ([Step]). A plan depends on nothing but configuration,
// payloads, sources and outputs. Begin with Make; compare.go makes the plan of one image.
//
// The kinds read and check ([providers.Provider]); this package compares ([Diff]), orders steps and
// gives them IDs (order.go, chain.go). It changes nothing: package executor applies a plan. Package
// document is the plan as others read it.
package planner

import (
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// NoChange is the action of an item that is as wanted.
const NoChange providers.Action = "no-op"

// Plan is the changes to make to some images.
type Plan struct {
	Gild       string    `json:"gild"`       // version of gild that made it
	Dir        string    `json:"dir"`        // the module's folder, as the user named it
	Incomplete bool      `json:"incomplete"` // limited to some resources with -target
	Images     []*Image  `json:"images"`
	Waiting    []Waiting `json:"waiting,omitempty"`  // images that are planned when these are made
	Revision   Revision  `json:"revision,omitzero"`  // of the configuration
	LeftOut    []string  `json:"left_out,omitempty"` // images that [Input] says were made in an earlier round, or failed

	// CheckpointRoom is how many bytes all checkpoints of the store may take; 0: gild's default.
	CheckpointRoom int64 `json:"checkpoint_room,omitempty"`

	// DISMTimeout is how long DISM may print nothing before it is ended; 0: for ever.
	DISMTimeout time.Duration `json:"dism_timeout,omitempty"`

	// CleanupMountpoints is the author's consent to run dism /Cleanup-Mountpoints, which
	// discards the invalid mounts of the whole machine.
	CleanupMountpoints bool `json:"cleanup_mountpoints,omitempty"`

	// ScratchDirs are the folders to choose from for temporary files, and ScratchReserve is
	// how many bytes stay free on their volumes. None: they are in the store.
	ScratchDirs    []string `json:"scratch_dirs,omitempty"`
	ScratchReserve int64    `json:"scratch_reserve,omitempty"`
}

// Revision is what the configuration is a state of, as far as it is known.
type Revision struct {
	Commit string `json:"commit,omitempty"` // of the repository that its folder is in
	Dirty  bool   `json:"dirty,omitempty"`  // files in the folder are not as committed
	Lock   string `json:"lock,omitempty"`   // SHA-256 of the lock
}

// Image is the changes to make to one image.
type Image struct {
	Name        string     `json:"name"`
	Source      image.Ref  `json:"source"`            // the image to start from; the target's folder where there is one
	Info        Info       `json:"info"`              // description of the source
	Within      *dsl.Inner `json:"within,omitempty"`  // where the source is, if it is a file in another image's source
	Fetched     string     `json:"fetched,omitempty"` // the address that the source was fetched from
	From        string     `json:"from,omitempty"`    // the image whose output the source is
	Fingerprint string     `json:"fingerprint"`       // of the source's content; empty for a target
	Output      string     `json:"output"`            // file to write; empty with Target
	Target      string     `json:"target"`            // folder serviced in place; empty with Output
	Backend     string     `json:"backend"`
	Serviced    bool       `json:"serviced,omitempty"` // the backend has Windows' own tools service it: [image.CanService]
	Clock       time.Time  `json:"clock"`              // the time everything written carries

	Checkpoint      dsl.Checkpoint `json:"checkpoint"`
	Retry           dsl.Retry      `json:"retry,omitzero"`
	AllowDirtyHives []string       `json:"allow_dirty_hives,omitempty"`
	Export          image.Format   `json:"export,omitzero"` // how the output is written

	// Found describes the output, or the target, as it was at planning: see [Found].
	Found    string `json:"found"`
	UpToDate bool   `json:"up_to_date"` // nothing has to be written

	Items   []*Item   `json:"items"`             // every resource, in the order of the configuration
	Steps   []Step    `json:"steps"`             // from the source (or target) to what is wanted
	Dropped []Dropped `json:"dropped,omitempty"` // what the output was made with and is no longer declared
	Reasons []string  `json:"reasons,omitempty"` // why the output is rebuilt, apart from the items' differences

	Drift *Drift `json:"drift,omitempty"` // what was changed in the output since gild made it

	Start string `json:"start"` // the chain before the first step
	Head  string `json:"head"`  // the chain after the last step and the output's settings

	Key []byte `json:"-"` // of the store that IDs were made with

	// Unproven is how many postconditions can only be checked when the image is made. It is
	// not in a saved plan, which does not have them.
	Unproven int `json:"-"`
}

// Info describes a source in a plan.
type Info struct {
	Name      string   `json:"name,omitempty"`
	Product   string   `json:"product,omitempty"`
	Edition   string   `json:"edition,omitempty"`
	Arch      string   `json:"arch,omitempty"`
	Version   string   `json:"version,omitempty"`
	Index     int      `json:"index,omitempty"`
	Files     int64    `json:"files,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"`
	Hives     int64    `json:"hives,omitempty"`      // bytes of the hives that resources change
	Parts     int      `json:"parts,omitempty"`      // number of files it consists of
	FileBytes int64    `json:"file_bytes,omitempty"` // size of these files
	Warnings  []string `json:"warnings,omitempty"`
}

// Item is one resource: what is wanted, and the differences from the present
// output, or from the source if there is no output. The names of its fields in plan
// files are here, the form of its values is that of [typed].
type Item struct {
	Addr        dsl.Addr         `json:"addr"`
	Absent      bool             `json:"absent,omitempty"`
	Action      providers.Action `json:"action"` // Create, Update, Delete or NoChange
	Want        cty.Value        `json:"-"`      // checked and resolved; sensitive attributes null in a saved plan
	Have        cty.Value        `json:"-"`      // in the output, or in the source; null where it is not there
	Differences []Difference     `json:"-"`
	Sensitive   []string         `json:"sensitive,omitempty"` // attributes that must not be shown
	Phase       providers.Phase  `json:"phase"`
	DependsOn   []dsl.Addr       `json:"depends_on,omitempty"`
	Needs       []string         `json:"needs,omitempty"` // images whose outputs it uses
	Skip        bool             `json:"skip,omitempty"`  // on_error = "skip": the image is of use without it
	Waits       bool             `json:"waits,omitempty"` // after apply the resource, or a part of it, is still work for the first boot
	Place       Place            `json:"place"`
	Own         bool             `json:"own,omitempty"`    // only this image has it; it comes after what images share
	Effect      string           `json:"effect,omitempty"` // of a resource with parts: when and by what it takes effect
	Lacks       []Lack           `json:"lacks,omitempty"`  // parts that planning has left out, as on_error = "skip" says
	Thing       string           `json:"thing"`            // digest of the kind and of what identifies the thing in the image

	sealed map[string]string // salted digests of the sensitive attributes a saved plan leaves out
}

// Lack is a part of a resource that is left out.
type Lack struct {
	Addr dsl.Addr `json:"addr"` // of the part
	Why  string   `json:"why"`
}

// Difference is one attribute that is not as wanted.
type Difference struct {
	Attr string
	Want cty.Value
	Have cty.Value
}

// Place is a line of the configuration.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Step is one change to the image. The first step changes the source, each later
// one the result of those before it.
type Step struct {
	Item   int              `json:"item"`           // index in the image's items
	Part   string           `json:"part,omitempty"` // of the item; empty: all of it
	Also   []int            `json:"also,omitempty"` // other items that it is a part of
	Action providers.Action `json:"action"`
	Way    string           `json:"way"`
	// Serviced: the way is that of Windows' own tools, which take their time, and fail at times.
	Serviced bool `json:"serviced,omitempty"`
	// Irreversible: no other change undoes it.
	Irreversible bool `json:"irreversible,omitempty"`
	providers.Effect
	// Again says why the change is made although the image holds it: words that go on
	// after "again, because". Empty for all others.
	Again string `json:"again,omitempty"`
	// ID is the digest of this step and all before it, down to the source: equal
	// IDs mean equal images.
	ID string `json:"id"`
	// Published is the ID that goes into the output, if it differs: see [ids].
	Published string `json:"published,omitempty"`
	// LeftOut: the step is not made after all, and has no ID. [Image.Without] sets
	// it; a plan as made has no such step.
	LeftOut bool `json:"-"`
}

// Dropped is something the output was made with that is no longer declared. It
// becomes again what it is in the source.
type Dropped struct {
	Address string           `json:"address"` // as it was declared
	Action  providers.Action `json:"action"`  // what was done to the source
}

// Counts is how many items are created, updated and deleted.
type Counts struct {
	Add     int `json:"add"`
	Change  int `json:"change"`
	Destroy int `json:"destroy"`
}

// Count adds an action.
func (c *Counts) Count(a providers.Action) {
	switch a {
	case providers.Create:
		c.Add++
	case providers.Update:
		c.Change++
	case providers.Delete:
		c.Destroy++
	}
}

// Undone is what happens to a thing when what was done to it is no longer declared.
func Undone(a providers.Action) providers.Action {
	switch a {
	case providers.Create:
		return providers.Delete
	case providers.Delete:
		return providers.Create
	}
	return a
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	for _, img := range p.Images {
		if !img.UpToDate {
			return false
		}
	}
	return len(p.Waiting) == 0
}

// Counts adds up the counts of all images.
func (p *Plan) Counts() Counts {
	var sum Counts
	for _, img := range p.Images {
		c := img.Counts()
		sum.Add += c.Add
		sum.Change += c.Change
		sum.Destroy += c.Destroy
	}
	return sum
}

// Image returns the image of that name, or nil.
func (p *Plan) Image(name string) *Image {
	for _, img := range p.Images {
		if img.Name == name {
			return img
		}
	}
	return nil
}

// Counts counts the items, and what is dropped, by what happens to them. Items that are left
// out as a whole do not count.
func (img *Image) Counts() Counts {
	var c Counts
	out := img.LeftOut()
	for i := range img.Steps {
		if s := &img.Steps[i]; !s.LeftOut {
			for _, item := range s.Items() {
				delete(out, item)
			}
		}
	}
	for i, it := range img.Items {
		if out[i] {
			continue
		}
		c.Count(it.Action)
	}
	for _, d := range img.Dropped {
		c.Count(Undone(d.Action))
	}
	return c
}

// Chain returns the IDs of the steps, first to last, without those left out.
func (img *Image) Chain() []string {
	ids := make([]string, 0, len(img.Steps))
	for _, s := range img.Steps {
		if !s.LeftOut {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func placeOf(r hcl.Range) Place { return Place{File: r.Filename, Line: r.Start.Line} }

// identify gives the step its IDs.
func (s *Step) identify(at ids) {
	s.ID, s.Published = at.own, ""
	if at.published != at.own {
		s.Published = at.published
	}
}
