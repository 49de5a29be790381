package dsl

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Config is a configuration, evaluated and checked against the schemas. Only the kinds know
// the meaning of its values.
type Config struct {
	Dir      string   // the module's folder, as the user named it
	Images   []*Image // in the order of their files and blocks
	Log      *Log     // where and how a log is written; nil if the configuration has no log block
	DISM     DISM     // how DISM is run
	Scratch  Scratch  // where temporary files go
	Layers   Layers   // how much space checkpoints may use
	Policies []Policy // rules that a plan must fulfil, by name
	Outputs  []Output // by name

	Unproven bool // the result of a check is known only after apply

	Files map[string]*hcl.File // sources by name, for diagnostics with snippets
	Scope *hcl.EvalContext     // variables, locals and functions, for the console
}

// Output is an output value of the configuration.
type Output struct {
	Name        string
	Description string
	Value       cty.Value // unknown if it is known only after apply; marked if it is sensitive
	Sensitive   bool
	Range       hcl.Range
}

// Image is an image of the configuration: its source, its resources and its output.
type Image struct {
	Name       string // label, with its for_each key: kiosk, kiosk["de"]
	Source     string // WIM file to start from, relative to the module's folder; empty with Target
	Index      int    // image in the source, from 1; 0 if SourceName selects it or the source has only one
	SourceName string // name of the image in the source; empty if Index selects it
	Output     string // WIM file to write, relative to the module's folder; empty with Target
	Target     string // folder of a mounted or applied image that is serviced in place; empty with Source
	Backend    string // name of the backend; empty: the best one that the machine supports

	From  string   // name of the image whose output is the source; empty if there is none
	Inner *Inner   // the source, if it is a file in another image; then Source is empty
	Needs []string // names of the images whose outputs this one uses, sorted

	Export          Export
	Checkpoint      Checkpoint
	Retry           Retry
	AllowDirtyHives []string // hives (SYSTEM, SOFTWARE, …) that may be rewritten although their logs are lost

	FirstBoot string // whether work may wait for the first boot: [FirstBootAllow] or [FirstBootForbid]

	PreventDestroy bool               // an output that is there must not be replaced
	Protected      map[Addr]hcl.Range // resources, without keys, that must not be destroyed; where that is written

	Resources []*Resource // those of the profiles in the order of use, then the image's own, in file order
	Range     hcl.Range
	Ranges    map[string]hcl.Range // of the arguments the author wrote; those of the block export as export.compression
}

// Values of the argument first_boot.
const (
	FirstBootAllow  = "allow"
	FirstBootForbid = "forbid"
)

// AttrRange returns where the author wrote the argument, or the block's header.
func (i *Image) AttrRange(name string) hcl.Range {
	if rng, ok := i.Ranges[name]; ok {
		return rng
	}
	return i.Range
}

// Export is the format of the output. A zero field means: as in the source.
type Export struct {
	Compression string // max, fast or none
	ChunkSize   int    // bytes of content that are compressed together; set with Compression only
	Integrity   *bool  // whether the file has an integrity table
	SplitSize   int64  // bytes that a part of a split output may have; 0: one file
}

// Inner names a WIM file inside the source of another image.
type Inner struct {
	Image string // name of that other image
	Path  string // in it, slash-separated
}

// Checkpoint is the policy for making checkpoints. Zero values leave it to gild.
type Checkpoint struct {
	Steps int           // after this many steps
	Every time.Duration // when this much time has passed
	After []string      // kinds, each of whose steps is followed by a checkpoint
}

// Retry is the policy for retries after transient errors. Zero values leave it to gild.
type Retry struct {
	Attempts int           // number of them, the first included
	Backoff  time.Duration // before the second attempt; twice as long before each one after it
}

// DISM is the policy for running DISM. Zero values leave it to gild.
type DISM struct {
	Timeout time.Duration // after which a DISM that prints nothing is ended; 0: never
	// CleanupMountpoints is the consent to discard the invalid mounts of the whole machine.
	CleanupMountpoints bool
	Range              hcl.Range
}

// Scratch is the policy for temporary files. Zero values leave it to gild.
type Scratch struct {
	Dirs    []string // folders to choose from, relative to the module's folder
	Reserve int64    // bytes that stay free on each volume
	Range   hcl.Range
}

// Layers is the limit on the space of checkpoints. Zero values leave it to gild.
type Layers struct {
	MaxSize int64 // bytes that all checkpoints may take
	Range   hcl.Range
}

// Resource is a resource of an image.
type Resource struct {
	Addr      Addr
	Profile   string    // profile that declares it; empty for the image's own
	Want      cty.Value // conforms to the kind's schema, defaults filled in; without marks
	Sensitive []string  // attributes whose value must never be shown, by their schema or because it uses sensitive values
	Absent    bool      // ensure = "absent"
	DependsOn []Addr    // resources of the same image that come first
	Needs     []string  // names of the images whose outputs it uses, sorted
	Range     hcl.Range // the block's header
	Varies    bool      // it differs between the images of a family, or only this image has it
	Skip      bool      // on_error = "skip": the image is useful without it
	Remedy    string    // what the author can do if it is not possible; set for resources that another one expands to

	Ignore    []string        // attributes that keep their state in the image
	IgnoreAll bool            // all attributes: the resource is only created if it does not exist
	After     []Postcondition // rules on what the image holds

	// Ranges are those of the arguments that the author wrote; those of nested blocks are
	// named entry[0] and entry[0].name. Arguments that are sensitive by their schema are not
	// in it, so that no diagnostic quotes their lines.
	Ranges map[string]hcl.Range
}

// AttrRange returns where the author wrote the attribute, or the block's header.
func (r *Resource) AttrRange(name string) hcl.Range {
	if rng, ok := r.Ranges[name]; ok {
		return rng
	}
	return r.Range
}

// leaveOut removes the resources with unknown values.
func (c *Config) leaveOut() {
	for _, img := range c.Images {
		img.Resources = slices.DeleteFunc(img.Resources, func(r *Resource) bool {
			return r == nil || r.Want == cty.NilVal || r.Want.IsNull() || !r.Want.IsWhollyKnown()
		})
	}
}
