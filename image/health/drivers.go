package health

import (
	"context"
	"errors"
	"io/fs"

	"github.com/gildhq/gild/image/driverstore"
)

const addAgain = "Add the driver package again, or remove it with ensure = \"absent\"."

// drivers checks that each recorded driver package has its folder and INF file, and
// that an added one has its published INF file.
func (c *checker) drivers(ctx context.Context) (Result, error) {
	r := Result{Area: Drivers, Things: "driver packages"}
	packages, notes, err := driverstore.Packages(ctx, c.session)
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if err != nil {
		r.add("the driver database", "can't be read: "+err.Error(), otherSource)
	}
	c.report.Notes = append(c.report.Notes, notes...)
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Looked++
		c.driver(&r, p)
	}
	return r, nil
}

func (c *checker) driver(r *Result, p driverstore.Package) {
	remedy := addAgain
	if p.Inbox {
		remedy = otherSource
	}
	though := ", though " + p.Hive + ` records it in DriverDatabase\DriverPackages`
	if p.Folder == "" {
		r.add(driverstore.Repository+"/"+p.Key, "is missing"+though, remedy)
		return
	}
	c.needFile(r, p.Folder+"/"+p.INFName(), though, remedy)
	if !p.Inbox && p.PublishedName != "" {
		c.needFile(r, "Windows/INF/"+p.PublishedName, though, remedy)
	}
}

func (c *checker) needFile(r *Result, name, though, remedy string) {
	info, err := c.files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.add(name, "is missing"+though, remedy)
	case err != nil:
		r.add(name, "can't be read: "+err.Error(), otherSource)
	case info.IsDir() || info.Size() == 0:
		r.add(name, "is not a file with content"+though, remedy)
	}
}
