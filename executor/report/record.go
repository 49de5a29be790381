// Package report keeps what a run did: each run has a folder of its own in the
// store, below runs, with
//
//	gild.log       all that is logged, down to trace: JSON lines of hclog
//	events.jsonl   what happened, one [Record] on each line
//	report.json    a [Document], made of the events
//	report.html    the same for people, one self-contained file
//	dism-NNN.log   the logs of the backend, if it runs programs that write some
//
// They contain no secrets. A record is never a reason to fail: if it can't be
// written, that is reported once. [New] begins a record, [Run.Finish] ends it;
// [Build] makes the report from the events.
package report

import (
	"errors"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/planner"
)

// Types of records in addition to those of [executor.EventType]. A run_start has
// Run.
const runEnd executor.EventType = "run_end" // Detail: one of the outcomes

// Record is one line of events.jsonl: an event of the executor, without secrets.
type Record struct {
	Time    time.Time          `json:"time"`
	Type    executor.EventType `json:"type"`
	Run     *Info              `json:"run,omitempty"`
	Image   string             `json:"image,omitempty"`
	Address string             `json:"address,omitempty"`
	Action  string             `json:"action,omitempty"`
	Way     string             `json:"way,omitempty"`
	Effect  string             `json:"effect,omitempty"`
	Step    int                `json:"step,omitempty"` // from 1
	Steps   int                `json:"steps,omitempty"`
	Elapsed float64            `json:"elapsed_seconds,omitempty"`
	Done    int64              `json:"done,omitempty"`
	Total   int64              `json:"total,omitempty"`
	Detail  string             `json:"detail,omitempty"`
	Remedy  string             `json:"remedy,omitempty"`
	File    string             `json:"file,omitempty"` // place in the configuration
	Line    int                `json:"line,omitempty"`
}

// Info is what is known of a run before it begins.
type Info struct {
	ID       string      `json:"id"`
	Gild     string      `json:"gild"`     // version
	Platform string      `json:"platform"` // operating system/architecture
	Plan     string      `json:"plan"`     // digest
	Complete bool        `json:"complete"` // false: limited with -target
	Images   []ImageInfo `json:"images"`
}

// ImageInfo is what a plan says of an image.
type ImageInfo struct {
	Name         string          `json:"name"`
	Source       string          `json:"source"` // file and number, or the target's folder
	SourceBytes  int64           `json:"source_bytes,omitempty"`
	ContentBytes int64           `json:"content_bytes,omitempty"` // of all files in the image
	Product      string          `json:"product,omitempty"`
	Version      string          `json:"version,omitempty"`
	Arch         string          `json:"arch,omitempty"`
	Output       string          `json:"output,omitempty"`
	OutputBytes  int64           `json:"output_bytes,omitempty"` // of the output as it was; 0 if there was none
	Target       string          `json:"target,omitempty"`
	Backend      string          `json:"backend"`
	UpToDate     bool            `json:"up_to_date,omitempty"`
	Resources    int             `json:"resources"`
	Changes      planner.Counts  `json:"changes"`
	Holds        planner.Holding `json:"holds"`
	Steps        []StepInfo      `json:"steps"`
	Warnings     []string        `json:"warnings,omitempty"` // warnings about the source
}

// StepInfo is what a plan says of a step.
type StepInfo struct {
	Address string `json:"address"`
	Part    bool   `json:"part,omitempty"` // of a resource
	Action  string `json:"action"`
	Way     string `json:"way"`
	Effect  string `json:"effect"`
	Waits   bool   `json:"waits,omitempty"` // for the first boot, in whole or in part
	Phase   int    `json:"phase"`           // of servicing
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// newInfo describes a run of the plan. Sizes come from size; 0 where there is none.
func newInfo(id, platform string, p *planner.Plan, size func(path string) int64) *Info {
	info := &Info{ID: id, Gild: p.Gild, Platform: platform, Plan: p.Digest(), Complete: !p.Incomplete, Images: []ImageInfo{}}
	for _, img := range p.Images {
		one := ImageInfo{
			Name: img.Name, Source: img.Source.Path, ContentBytes: img.Info.Bytes, Product: img.Info.Product,
			Version: img.Info.Version, Arch: img.Info.Arch, Output: img.Output, Target: img.Target, Backend: img.Backend,
			UpToDate: img.UpToDate, Resources: len(img.Items), Changes: img.Counts(), Holds: img.Holding(), Steps: []StepInfo{}, Warnings: img.Info.Warnings,
		}
		if img.Target == "" {
			one.SourceBytes, one.OutputBytes = size(img.Source.Path), size(img.Output)
		}
		for i, s := range img.Steps {
			it := img.Items[s.Item]
			one.Steps = append(one.Steps, StepInfo{
				Address: img.StepAddr(i).String(), Part: s.Part != "", Action: string(s.Action), Way: s.Way, Effect: s.Text, Waits: s.Waits, Phase: int(it.Phase),
				File: it.Place.File, Line: it.Place.Line,
			})
		}
		info.Images = append(info.Images, one)
	}
	return info
}

// newRecord puts an event into the form in which it is kept.
func newRecord(e executor.Event, c *censor.Censor, remedy func(error) string) Record {
	r := Record{
		Time: e.Time.UTC(), Type: e.Type, Image: e.Image, Action: string(e.Action), Way: e.Way, Effect: e.Effect,
		Step: e.Step, Steps: e.Steps, Elapsed: e.Elapsed.Seconds(), Done: e.Done, Total: e.Total, Detail: c.Text(e.Message),
	}
	if e.Addr.Kind != "" {
		r.Address = e.Addr.String()
	}
	if e.Err == nil {
		return r
	}
	text := c.Text(e.Err.Error())
	if r.Detail != "" {
		text = r.Detail + ": " + text
	}
	r.Detail, r.Remedy = text, c.Text(remedy(e.Err))
	if step, ok := errors.AsType[*executor.StepError](e.Err); ok {
		r.File, r.Line = step.Place.File, step.Place.Line
	}
	return r
}
