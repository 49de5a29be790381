// Package health reports whether an image is whole: its registry can be read, the
// files that servicing and the driver store have recorded are there, no work is
// pending, and its content matches its digests.
//
// [Check] reads and never repairs. It reads the image's hives and the lists of a few
// folders, and the content only on request. [CheckStore] and [CheckSystemFiles] ask
// DISM and sfc.
package health

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
)

// Area is one area of a check.
type Area string

// The areas, in the order of a report.
const (
	Hives     Area = "hives"     // registry hives can be read in full
	Servicing Area = "servicing" // files of packages and components are there
	Pending   Area = "pending"   // no servicing is pending
	Drivers   Area = "drivers"   // files of driver packages are there
	Content   Area = "content"   // content matches its digests
)

// Options say what is checked. The zero value checks all but the content.
type Options struct {
	Content      bool                // read all content
	AllowPending bool                // pending work is not a fault
	Verify       image.VerifyOptions // of reading the content
}

// Finding is one thing that is wrong.
type Finding struct {
	Area   Area
	Thing  string // the file of the image, or the registry key
	Detail string // what is wrong, to follow its name: "is missing"
	Remedy string // what to do, in sentences
}

func (f Finding) String() string { return f.Thing + " " + f.Detail }

// Result is the result of one area.
type Result struct {
	Area     Area
	Looked   int    // how many things were checked
	Things   string // what these are: "hives"; empty if nothing is counted
	Findings []Finding
}

// Report is the result for an image.
type Report struct {
	Results []Result // of the areas that were checked, in order
	Notes   []string // remarks that are not faults
}

// Findings returns all that is wrong.
func (r Report) Findings() []Finding {
	var all []Finding
	for _, result := range r.Results {
		all = append(all, result.Findings...)
	}
	return all
}

// Check checks an image. Faults are in the report; the error means that a check
// could not be made.
func Check(ctx context.Context, s image.Session, o Options) (Report, error) {
	c := &checker{session: s, options: o}
	var ok bool
	if c.files, ok = image.As[image.Files](s); !ok {
		return Report{}, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	if c.registry, ok = image.As[image.Registry](s); !ok {
		return Report{}, fmt.Errorf("the image gives no access to its %s", image.CanRegistry)
	}
	checks := []func(context.Context) (Result, error){c.hives, c.servicing, c.pending, c.drivers}
	if o.Content {
		checks = append(checks, c.content)
	}
	for _, check := range checks {
		result, err := check(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Report{}, err
		}
		c.report.Results = append(c.report.Results, result)
	}
	return c.report, nil
}

// checker looks at one image.
type checker struct {
	session  image.Session
	files    image.Files
	registry image.Registry
	options  Options
	report   Report
}

func (c *checker) note(format string, args ...any) {
	c.report.Notes = append(c.report.Notes, fmt.Sprintf(format, args...))
}

// add adds a finding to a result.
func (r *Result) add(thing, detail, remedy string) {
	r.Findings = append(r.Findings, Finding{r.Area, thing, detail, remedy})
}
