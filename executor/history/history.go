// Package history measures how long things take, and estimates from that how long a plan will
// take.
//
// The measurements are one small file in the store. No result depends on it: gild replaces a
// damaged file. Begin with [Load], [History.Plan] and [History.Learn].
package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/planner"
)

const (
	file     = "history.json"
	version  = 1
	samples  = 15      // samples kept of each name, the latest
	things   = 500     // names that are kept
	maxBytes = 1 << 20 // of the file
)

// History is the measurements of a store. The zero value is empty and ready to use. Several
// goroutines may use it.
type History struct {
	mu sync.Mutex // guards the fields below

	// Samples are durations in seconds, by name: "kind way" for a step, "checkpoint" followed by
	// the backend, "verify". For "export", followed by the compression if one is set, they are
	// bytes of the image's content per second. The oldest sample comes first.
	Samples map[string][]float64
}

type document struct {
	Version int                  `json:"version"`
	Samples map[string][]float64 `json:"samples"`
}

// Load reads the history of a store. If there is none, it returns an empty one; if it can't be
// read, it returns an empty one and an error.
func Load(dir string) (*History, error) {
	h := &History{}
	path := filepath.Join(dir, file)
	var data []byte
	folder, err := store.Open(dir)
	if err == nil {
		data, err = folder.Read(file, maxBytes)
		err = errors.Join(err, folder.Close())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	var doc document
	if err == nil {
		err = json.Unmarshal(data, &doc)
	}
	if err == nil && doc.Version != version {
		err = fmt.Errorf("it is of the version %d", doc.Version)
	}
	if err != nil {
		return h, fmt.Errorf("the history of earlier runs, %s, can't be used and is replaced: %w", path, err)
	}
	h.take(doc)
	return h, nil
}

// take copies the valid parts of a file.
func (h *History) take(doc document) {
	for name, all := range doc.Samples {
		for _, s := range all {
			h.add(name, s)
		}
	}
}

// Save writes the history into the store.
func (h *History) Save(dir string) error {
	h.mu.Lock()
	data, err := json.MarshalIndent(document{version, h.Samples}, "", " ")
	h.mu.Unlock()
	if err != nil {
		return err
	}
	folder, err := store.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Write(file, append(data, '\n')), folder.Close())
}

func (h *History) add(name string, sample float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sample < 0 || h.Samples[name] == nil && len(h.Samples) >= things {
		return
	}
	if h.Samples == nil {
		h.Samples = map[string][]float64{}
	}
	all := append(h.Samples[name], sample)
	h.Samples[name] = all[max(0, len(all)-samples):]
}

// median returns the median of the samples, so that a single slow run has little influence.
func (h *History) median(name string) (float64, bool) {
	h.mu.Lock()
	all := slices.Sorted(slices.Values(h.Samples[name]))
	h.mu.Unlock()
	if len(all) == 0 {
		return 0, false
	}
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2, true
}

const (
	checkpoint = "checkpoint"
	verify     = "verify"
)

func export(img *planner.Image) string {
	if img.Export.Compression == "" {
		return "export"
	}
	return "export " + string(img.Export.Compression)
}

func step(img *planner.Image, i int) string {
	return img.Items[img.Steps[i].Item].Addr.Kind + " " + img.Steps[i].Way
}

// Learn records the duration that an event of the image reports, if any. Each step of a batch
// gets an equal share.
func (h *History) Learn(img *planner.Image, e record.Event) {
	switch bytes := float64(img.Info.Bytes); {
	case e.Type == record.StepDone && e.Step > 0 && e.Step <= len(img.Steps):
		h.add(step(img, e.Step-1), e.Elapsed/float64(max(e.Batch, 1)))
	case e.Type == record.CheckpointDone:
		h.add(checkpoint+" "+img.Backend, e.Elapsed)
	case e.Type == record.Verified:
		h.add(verify, e.Elapsed)
	case e.Type == record.ExportDone && bytes > 0 && e.Elapsed > 0:
		h.add(export(img), bytes/e.Elapsed)
	}
}

// Estimate is how long something will take, as far as earlier runs have measured it.
type Estimate struct {
	Time    time.Duration
	Known   int      // how much was measured
	Unknown []string // what was not measured: kinds of steps with their ways, and export; sorted
}

// Complete reports whether everything was measured.
func (e Estimate) Complete() bool { return len(e.Unknown) == 0 }

// expectation sums up an estimate.
type expectation struct {
	*History
	seconds float64
	known   int
	unknown map[string]bool
}

func (e *expectation) add(name string, seconds float64, ok bool) {
	if !ok {
		e.unknown[name] = true
		return
	}
	e.seconds, e.known = e.seconds+seconds, e.known+1
}

// Plan estimates how long apply takes for the whole plan.
func (h *History) Plan(p *planner.Plan) Estimate {
	e := &expectation{History: h, unknown: map[string]bool{}}
	for _, img := range p.Images {
		if !img.UpToDate {
			e.image(img, 0)
		}
	}
	return e.estimate()
}

// Rest estimates how long it takes to make an image from step number from on, counted from 0.
func (h *History) Rest(img *planner.Image, from int) Estimate {
	e := &expectation{History: h, unknown: map[string]bool{}}
	e.image(img, from)
	return e.estimate()
}

// StepTime returns how long a step will take; 0 if no earlier run has measured it.
func (h *History) StepTime(img *planner.Image, i int) time.Duration {
	s, _ := h.median(step(img, i))
	return Duration(s)
}

func (e *expectation) image(img *planner.Image, from int) {
	for i := from; i < len(img.Steps); i++ {
		s, ok := e.median(step(img, i))
		e.add(step(img, i), s, ok)
	}
	if s, ok := e.price(img); ok && len(img.Steps) > from {
		e.seconds += s // of one at least
	}
	if s, ok := e.median(verify); ok {
		e.seconds += 2 * s // once before the output is written, and once from the output
	}
	if img.Output == "" || img.Info.Bytes == 0 {
		return
	}
	rate, ok := e.median(export(img))
	e.add(export(img), float64(img.Info.Bytes)/max(rate, 1), ok)
}

func (e *expectation) estimate() Estimate {
	return Estimate{Time: Duration(e.seconds), Known: e.known, Unknown: slices.Sorted(maps.Keys(e.unknown))}
}

// Duration converts seconds into a duration. It limits the value, since a damaged file may
// contain anything.
func Duration(seconds float64) time.Duration {
	return time.Duration(min(seconds, 1e6) * float64(time.Second))
}
