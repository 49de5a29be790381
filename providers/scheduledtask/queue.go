package scheduledtask

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const (
	// actionOrder is after what DISM does at the first boot, and before scripts.
	actionOrder = 490
	xmlName     = "task.xml"
)

// id names the work at the first boot by the task's path, however it is spelled.
func (t *task) id() string {
	sum := sha256.Sum256([]byte(same(t.Path)))
	return "scheduled-task." + hex.EncodeToString(sum[:10])
}

// payloadOf is the definition as a file for the first boot; nil for none.
func payloadOf(definition []byte) *image.Payload {
	if definition == nil {
		return nil
	}
	return &image.Payload{Files: []image.PayloadFile{{
		Name: xmlName, Size: int64(len(definition)), SHA256: *digest(definition),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(definition)), nil },
	}}}
}

// action is the work at the first boot: the task is made of the payload, if there
// is one, and enabled or disabled, if that is wanted.
func (t *task) action(p *image.Payload) image.Action {
	a := image.Action{
		ID: t.id(), Order: actionOrder, Title: "Scheduled task " + t.Path,
		Interpreter: image.Cmd, Beside: true, Limit: 10,
	}
	lines := []string{"@echo off"}
	command := func(verb, rest string) {
		name := strings.ReplaceAll(t.Path, "%", "%%")
		lines = append(lines, "schtasks "+verb+` /tn "`+name+`" `+rest, "if errorlevel 1 exit /b 1")
	}
	if p != nil {
		a.Payloads = []image.Payload{*p}
		command("/create", `/xml "`+p.Path(xmlName)+`" /f`)
	}
	if t.Enabled != nil {
		command("/change", map[bool]string{true: "/enable", false: "/disable"}[*t.Enabled])
	}
	a.Script = []byte(strings.Join(append(lines, "exit /b 0"), "\r\n") + "\r\n")
	return a
}

// queuedAt is the place of the work in the queue; a removal is made at once.
func queuedAt(c providers.TypedChange[task]) (providers.QueuePlace, bool) {
	return providers.QueuePlace{Order: actionOrder, ID: c.Want.id()}, c.Action != providers.Delete
}

// queued returns what is queued for a task, or nil: whether it will be enabled, and
// the digest of its definition. Work that is not the kind's own has neither.
func queued(actions []image.Action, path string) *task {
	t := task{Path: path}
	for _, a := range actions {
		if strings.EqualFold(a.ID, t.id()) {
			t.read(a)
			return &t
		}
	}
	return nil
}

// read takes an action apart by making all that it could be.
func (t *task) read(a image.Action) {
	var p *image.Payload
	if len(a.Payloads) == 1 && len(a.Payloads[0].Files) == 1 {
		p = &a.Payloads[0]
	}
	path, _ := strings.CutPrefix(a.Title, "Scheduled task ") // in the case it was queued in
	yes, no := true, false
	for _, enabled := range []*bool{nil, &yes, &no} {
		could := task{Path: path, Enabled: enabled}
		if made := could.action(p); bytes.Equal(made.Script, a.Script) && made.Order == a.Order && made.Interpreter == a.Interpreter && made.ID == a.ID {
			t.Enabled = enabled
			if p != nil {
				t.Digest = &p.Files[0].SHA256
			}
		}
	}
}
