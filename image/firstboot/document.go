package firstboot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
)

// format is the version of queue.json.
const format = 2

// queueJSON is queue.json.
type queueJSON struct {
	Format  int     `json:"format"`
	Actions []entry `json:"actions"`
}

// entry is an action in queue.json, without its script and environment, which
// are in files: names relative to the queue's folder.
type entry struct {
	ID          string            `json:"id"`
	Order       int               `json:"order"`
	Title       string            `json:"title,omitempty"`
	Interpreter image.Interpreter `json:"interpreter"`
	Script      string            `json:"script"`
	Environment string            `json:"environment,omitempty"`
	Restart     bool              `json:"restart"`
	OKExitCodes []int             `json:"ok_exit_codes"`
	OnError     string            `json:"on_error"`
	Confirm     bool              `json:"confirm,omitempty"`
	Beside      bool              `json:"beside,omitempty"`
	When        image.When        `json:"when,omitempty"`
	Limit       int               `json:"limit_minutes,omitempty"`
	Passing     []int             `json:"passing_exit_codes,omitempty"`
	Payloads    []payload         `json:"payloads,omitempty"`
}

// payload is a payload in queue.json; its ID names its folder.
type payload struct {
	ID    string        `json:"id"`
	Files []payloadFile `json:"files"`
}

type payloadFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func entryOf(a image.Action) entry {
	e := entry{
		ID: a.ID, Order: a.Order, Title: a.Title, Interpreter: a.Interpreter,
		Script: "actions/" + scriptName(a), Restart: a.Restart, OKExitCodes: okCodes(a), OnError: onError(a),
		Confirm: a.Confirm, Beside: a.Beside, When: a.When, Limit: a.Limit, Passing: a.Passing,
	}
	for _, p := range a.Payloads {
		one := payload{ID: p.ID()}
		for _, f := range p.Files {
			one.Files = append(one.Files, payloadFile{f.Name, f.Size, f.SHA256})
		}
		e.Payloads = append(e.Payloads, one)
	}
	if len(a.Environment) > 0 {
		e.Environment = "actions/" + environmentName(a)
	}
	return e
}

func (e entry) action() image.Action {
	a := image.Action{
		ID: e.ID, Order: e.Order, Title: e.Title, Interpreter: e.Interpreter,
		Restart: e.Restart, OKExitCodes: e.OKExitCodes, GoOn: e.OnError == "continue",
		Confirm: e.Confirm, Beside: e.Beside, When: e.When, Limit: e.Limit, Passing: e.Passing,
	}
	for _, p := range e.Payloads {
		var one image.Payload
		for _, f := range p.Files {
			one.Files = append(one.Files, image.PayloadFile{Name: f.Name, Size: f.Size, SHA256: f.SHA256})
		}
		a.Payloads = append(a.Payloads, one)
	}
	return a
}

// same reports whether an entry is the one that gild writes for its action.
func (e entry) same(want entry) bool {
	return e.Script == want.Script && e.Environment == want.Environment && e.OnError == want.OnError &&
		slices.EqualFunc(e.Payloads, want.Payloads, func(a, b payload) bool { return a.ID == b.ID })
}

// scriptName is the name of an action's script; the names of other files begin
// differently.
func scriptName(a image.Action) string {
	ext := ".cmd"
	if a.Interpreter == image.PowerShell {
		ext = ".ps1"
	}
	return fmt.Sprintf("%03d-%s%s", a.Order, strings.ToLower(a.ID), ext)
}

func environmentName(a image.Action) string {
	return fmt.Sprintf("env-%03d-%s.cmd", a.Order, strings.ToLower(a.ID))
}

func onError(a image.Action) string {
	if a.GoOn {
		return "continue"
	}
	return "stop"
}

func okCodes(a image.Action) []int {
	if len(a.OKExitCodes) == 0 {
		return []int{0}
	}
	codes := slices.Clone(a.OKExitCodes)
	slices.Sort(codes)
	return slices.Compact(codes)
}

func listing(list []image.Action) []byte {
	doc := queueJSON{Format: format}
	for _, a := range list {
		doc.Actions = append(doc.Actions, entryOf(a))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		panic(err) // plain strings and numbers
	}
	return b.Bytes()
}

// parse reads queue.json. It refuses what [listing] would not write, so that no name in
// it leads out of the queue.
func parse(data []byte) ([]entry, error) {
	var doc queueJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Format != format {
		return nil, fmt.Errorf("another version of gild made it (format %d, this gild knows %d); rebuild the image from its source", doc.Format, format)
	}
	seen := map[string]bool{}
	for i, e := range doc.Actions {
		a := e.action()
		if e.Environment != "" {
			a.Environment = map[string]string{"X": "in its file"}
		}
		if err := a.Check(); err != nil {
			return nil, err
		}
		if want := entryOf(a); !e.same(want) {
			return nil, fmt.Errorf("action %q is not as gild writes it", e.ID)
		}
		if id := strings.ToLower(e.ID); seen[id] {
			return nil, fmt.Errorf("action %q is listed twice", e.ID)
		} else {
			seen[id] = true
		}
		doc.Actions[i].OKExitCodes = okCodes(a)
	}
	if len(doc.Actions) == 0 {
		return nil, errors.New("no actions")
	}
	return doc.Actions, nil
}
