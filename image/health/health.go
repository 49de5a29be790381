// Package health tells whether an image is whole: whether its registry can be
// read, what servicing and the driver store have records of is there, no work is
// pending, and its content is what its digests say.
//
// It reads and never repairs. Apart from the content, which is read only if
// asked for, it costs the image's hives and the lists of a few folders.
package health

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/image"
)

// Area is a part of what makes an image whole.
type Area string

// The areas, in the order of a report.
const (
	Hives     Area = "hives"     // registry hives can be read in full
	Servicing Area = "servicing" // files of packages and components are there
	Pending   Area = "pending"   // nothing waits for the next start
	Drivers   Area = "drivers"   // files of driver packages are there
	Content   Area = "content"   // content matches its digests
)

// Options say what is checked. The zero value checks all but the content.
type Options struct {
	Content      bool                // read all content
	AllowPending bool                // work that waits for the next start is no fault
	Verify       image.VerifyOptions // of reading the content
}

// Finding is one thing that is wrong.
type Finding struct {
	Area   Area
	Thing  string // the file of the image, or the registry key
	Detail string // what is wrong with it, to be read on from its name: "is missing"
	Remedy string // what to do, in sentences
}

func (f Finding) String() string { return f.Thing + " " + f.Detail }

// Result is what was found out about an area.
type Result struct {
	Area     Area
	Looked   int    // how many things were looked at
	Things   string // what these are: "hives"; empty where there is nothing to count
	Findings []Finding
}

// Report is what was found out about an image.
type Report struct {
	Results []Result // of the areas that were checked, in order
	Notes   []string // what is worth knowing and no fault
}

// Findings returns all that is wrong.
func (r Report) Findings() []Finding {
	var all []Finding
	for _, result := range r.Results {
		all = append(all, result.Findings...)
	}
	return all
}

// Check looks at an image. The error is that of a check that could not be made
// at all; what is wrong with the image is in the report.
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
