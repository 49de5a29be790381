package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/planner/document"
)

// checks is the service that runs a repository's checks, if gild was started by one.
type checks struct {
	*app
	said []view.Annotation // for the report of code quality
}

// annotate shows diagnostics where the service shows them.
func (c *checks) annotate(diags hcl.Diagnostics) {
	all := view.Annotations(diags, c.streams.Withhold, c.place)
	c.said = append(c.said, all...)
	switch {
	case c.Getenv("GITHUB_ACTIONS") == "true":
		view.GitHub(c.streams.Err, all)
	case c.Getenv("TF_BUILD") == "True":
		view.Azure(c.streams.Err, all)
	}
}

// place returns a path as one in the repository.
func (c *checks) place(file string) string {
	full, err := filepath.Abs(file)
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"} {
		root := c.Getenv(name)
		if root == "" || err != nil {
			continue
		}
		if in, err := filepath.Rel(root, full); err == nil && in != ".." && !strings.HasPrefix(in, ".."+string(filepath.Separator)) {
			return filepath.ToSlash(in)
		}
	}
	return filepath.ToSlash(file)
}

// summarize adds a plan to the summary of a job on GitHub.
func (c *checks) summarize(doc *document.Plan, kinds dsl.Kinds) error {
	file := c.Getenv("GITHUB_STEP_SUMMARY")
	if file == "" || c.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	streams := c.streams
	streams.Out = f
	err = view.Markdown(streams, doc, kinds)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	return nil
}

// report writes the report of code quality, also if there is nothing to report: then what
// was reported before is mended.
func (c *checks) report() error {
	file := c.Getenv("GILD_CODE_QUALITY")
	if file == "" {
		return nil
	}
	data, err := view.CodeQuality(c.said, c.place("main.gild.hcl"))
	if err != nil {
		return err
	}
	if err := durable.WriteFile(file, data); err != nil {
		return fmt.Errorf("GILD_CODE_QUALITY: %w", err)
	}
	return nil
}
