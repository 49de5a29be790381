package main

import (
	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/report"
)

// showReport says where the report of a run is, or prints it as JSON. For a run
// that was killed it first makes the report from the events.
func (a *app) showReport(run string, json bool) error {
	store, err := a.Store()
	if err != nil {
		return err
	}
	dir, err := report.Find(store, run)
	if err != nil {
		return err
	}
	doc, err := report.Read(dir)
	if err != nil {
		return err
	}
	if json {
		return view.Document(a.streams, doc)
	}
	if doc.Outcome == record.CutOff {
		if err := report.Write(dir, doc); err != nil {
			return err
		}
	}
	view.PrintReport(a.screen(), doc, dir)
	return nil
}
