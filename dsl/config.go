package dsl

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Config is a configuration that has been read, evaluated and checked as far as
// that can be done without knowing what the kinds mean.
type Config struct {
	Dir     string               // the module's folder, as the user named it
	Images  []*Image             // in the order of their files and blocks
	Log     *Log                 // where a log is written; nil: nothing is said of it
	DISM    DISM                 // how DISM is run
	Scratch Scratch              // where temporary files go
	Layers  Layers               // how much of earlier work is kept
	Files   map[string]*hcl.File // sources by name, for diagnostics with snippets
	Scope   *hcl.EvalContext     // variables, locals and functions, for the console
}

// Image is one image block: which image to take, what it shall hold and where
// the result goes.
type Image struct {
	Name       string // label, with its for_each key: kiosk, kiosk["de"]
	Source     string // WIM file to start from, relative to the module's folder; empty with Target
	Index      int    // image in the source, from 1; 0 where SourceName selects it or the source holds one only
	SourceName string // name of the image in the source; empty where Index selects it
	Output     string // WIM file to write, relative to the module's folder; empty with Target
	Target     string // folder of a mounted or applied image that is serviced in place; empty with Source
	Backend    string // name of the backend; empty: the best one the machine offers

	From  string   // name of the image whose output the source is; empty if it is none's
	Inner *Inner   // what the source is if it is a file in another image; Source is empty then
	Needs []string // names of the images whose outputs this one is made of, sorted

	Export          Export
	Checkpoint      Checkpoint
	Retry           Retry
	AllowDirtyHives []string // hives (SYSTEM, SOFTWARE, …) that may be rewritten although their logs are lost

	FirstBoot string // whether work may wait for the first start: [FirstBootAllow] or [FirstBootForbid]

	Resources []*Resource // those of the profiles in the order of use, then the image's own, in file order
	Range     hcl.Range
	Ranges    map[string]hcl.Range // of the attributes the author wrote, and of the block export with its own as export.compression
}

// What an image may say of work that waits for its first start.
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

// Export says how the output is written. What is zero is as in the source.
type Export struct {
	Compression string // max, fast or none
	ChunkSize   int    // bytes of content that are compressed at once; set with Compression only
	Integrity   *bool  // whether the file has an integrity table
	SplitSize   int64  // bytes that a part of a split output may have; 0: one file
}

// Inner names a WIM file that is a file in the image that another one starts from.
type Inner struct {
	Image string // name of that other image
	Path  string // in it, slash-separated
}

// Checkpoint says when work done is made durable. Zero values leave it to gild.
type Checkpoint struct {
	Steps int           // after this many steps
	Every time.Duration // when this much time has passed
	After []string      // kinds, each of whose steps is followed by a checkpoint
}

// Retry says how often work is tried that failed for a reason that may pass. Zero
// values leave it to gild.
type Retry struct {
	Attempts int           // all in all
	Backoff  time.Duration // before the second attempt; twice as long before each one after it
}

// DISM says how DISM is run. Zero values leave it to gild.
type DISM struct {
	Timeout time.Duration // after which a DISM that prints nothing is ended; 0: never
	// CleanupMountpoints is the consent to give up the invalid mounts of the whole machine.
	CleanupMountpoints bool
	Range              hcl.Range
}

// Scratch says where temporary files go. Zero values leave it to gild.
type Scratch struct {
	Dirs    []string // folders to choose from, relative to the module's folder
	Reserve int64    // bytes that stay free on each volume
	Range   hcl.Range
}

// Layers says how much of earlier work is kept. Zero values leave it to gild.
type Layers struct {
	MaxSize int64 // bytes that all checkpoints may take
	Range   hcl.Range
}

// Resource is one thing an image shall hold, or shall not.
type Resource struct {
	Addr      Addr
	Profile   string    // profile that declares it; empty for the image's own
	Want      cty.Value // conforms to the kind's schema, defaults filled in; without marks
	Sensitive []string  // attributes whose value must never be shown, by schema or by what it was made from
	Absent    bool      // ensure = "absent"
	DependsOn []Addr    // resources of the same image that come first
	Needs     []string  // names of the images whose outputs it is made of, sorted
	Range     hcl.Range // the block's header
	Varies    bool      // it says something else for each image of a family, or is the image's own
	Skip      bool      // on_error = "skip": the image is of use without it
	Remedy    string    // what to do if it is not possible; of resources that others stand for

	// Ranges says where arguments were written, and nested blocks as entry[0] and
	// entry[0].name. Arguments that the schema calls sensitive are left out, so
	// that no diagnostic quotes their line.
	Ranges map[string]hcl.Range
}

// AttrRange returns where the author wrote the attribute, or the block's header.
func (r *Resource) AttrRange(name string) hcl.Range {
	if rng, ok := r.Ranges[name]; ok {
		return rng
	}
	return r.Range
}

// leaveOut leaves out the resources that are not wholly known.
func (c *Config) leaveOut() {
	for _, img := range c.Images {
		img.Resources = slices.DeleteFunc(img.Resources, func(r *Resource) bool {
			return r == nil || r.Want == cty.NilVal || r.Want.IsNull() || !r.Want.IsWhollyKnown()
		})
	}
}
