package scheduledtask

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/xmldoc"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

const (
	namespace = "http://schemas.microsoft.com/windows/2004/02/mit/task"
	// maxSize is the maximum size of a definition; most have a few thousand bytes.
	maxSize = 1 << 20
)

var (
	declaration = regexp.MustCompile(`^\s*<\?xml[^>]*\?>\s*`)
	versions    = regexp.MustCompile(`^1\.[1-9][0-9]?$`)
)

// text returns a definition without its declaration, whose encoding does not count,
// since the definition is rewritten in another one. Lines and columns stay the
// same.
func text(data []byte) (string, error) {
	text, _, err := xmldoc.Decode(data)
	if err != nil {
		return "", err
	}
	blank := func(r rune) rune {
		if r == '\r' || r == '\n' {
			return r
		}
		return ' '
	}
	d := declaration.FindString(text)
	return strings.Map(blank, d) + text[len(d):], nil
}

// normal returns a definition in the form in which Windows keeps it, and in which
// schtasks takes it: in UTF-16, with a declaration that says so.
func normal(text string) []byte {
	text = strings.TrimLeft(text, " \t\r\n")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	return nt.AppendUTF16(nil, "\ufeff<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n"+text)
}

// parse reads a definition, and returns it as Windows keeps it.
func parse(data []byte) (*xmldoc.Element, []byte, error) {
	text, err := text(data)
	if err != nil {
		return nil, nil, err
	}
	root, err := xmldoc.ParseText(text)
	if err != nil {
		return nil, nil, err
	}
	return root, normal(text), nil
}

func digest(data []byte) *string {
	sum := sha256.Sum256(data)
	text := hex.EncodeToString(sum[:])
	return &text
}

// describe sets the computed attributes from a definition.
func (t *task) describe(root *xmldoc.Element) {
	t.Actions = []string{}
	if author := root.Find("RegistrationInfo", "Author"); author != nil && author.Text != "" {
		t.Author = &author.Text
	}
	if actions := root.Child("Actions"); actions != nil {
		for _, a := range actions.Children {
			t.Actions = append(t.Actions, actionText(a))
		}
	}
}

func actionText(a *xmldoc.Element) string {
	var parts []string
	for _, name := range []string{"Command", "Arguments", "ClassId", "Data"} {
		if e := a.Child(name); e != nil && strings.TrimSpace(e.Text) != "" {
			parts = append(parts, strings.TrimSpace(e.Text))
		}
	}
	if len(parts) == 0 {
		return a.Name.Local
	}
	return strings.Join(parts, " ")
}

// enabledIn reports whether a definition says that the task is enabled: it is if
// nothing is said ([MS-TSCH] §2.5.4).
func enabledIn(root *xmldoc.Element) bool {
	e := root.Find("Settings", "Enabled")
	return e == nil || !slices.Contains([]string{"false", "0"}, strings.TrimSpace(e.Text))
}

// checkDefinition refuses what the Task Scheduler would refuse ([MS-TSCH] §2.5).
func checkDefinition(root *xmldoc.Element) error {
	wrong := func(e *xmldoc.Element, format string, args ...any) error {
		return &xmldoc.Error{Line: e.Line, Column: e.Column, Detail: fmt.Sprintf(format, args...)}
	}
	version, hasVersion := root.Attr("version")
	switch {
	case root.Name.Local != "Task":
		return wrong(root, "the root element is %q, not Task", root.Name.Local)
	case root.Name.Space != namespace:
		return wrong(root, "the namespace of Task is %q, not %q", root.Name.Space, namespace)
	case hasVersion && !versions.MatchString(version):
		return wrong(root, "the version of Task is %q, not one such as \"1.2\"", version)
	}
	seen := map[string]bool{}
	for _, e := range root.Children {
		if !slices.Contains([]string{"RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"}, e.Name.Local) {
			return wrong(e, "the element %q is not expected in Task", e.Name.Local)
		}
		if seen[e.Name.Local] {
			return wrong(e, "the element %q is there twice", e.Name.Local)
		}
		seen[e.Name.Local] = true
	}
	ids, err := principals(root, wrong)
	if err != nil {
		return err
	}
	return checkActions(root, ids, wrong)
}

type fault func(e *xmldoc.Element, format string, args ...any) error

// principals returns the names of the accounts the definition may refer to.
func principals(root *xmldoc.Element, wrong fault) ([]string, error) {
	var ids []string
	if list := root.Child("Principals"); list != nil {
		for _, p := range list.Children {
			if id, ok := p.Attr("id"); ok {
				ids = append(ids, id)
			}
			if logon := p.Child("LogonType"); logon != nil && strings.Contains(logon.Text, "Password") {
				return nil, wrong(logon, "the task runs with a stored password, which a definition does not hold; choose an account without one, such as SYSTEM (S-1-5-18)")
			}
		}
	}
	return ids, nil
}

func checkActions(root *xmldoc.Element, ids []string, wrong fault) error {
	actions := root.Child("Actions")
	if actions == nil || len(actions.Children) == 0 {
		return wrong(root, "the task has no Actions, so it would do nothing")
	}
	if context, ok := actions.Attr("Context"); ok && !slices.Contains(ids, context) {
		return wrong(actions, "the Context of Actions is %q, and no Principal has that id", context)
	}
	if len(actions.Children) > 32 {
		return wrong(actions, "there are %d actions, more than 32", len(actions.Children))
	}
	for _, a := range actions.Children {
		needs := map[string]string{"Exec": "Command", "ComHandler": "ClassId"}[a.Name.Local]
		switch e := a.Child(needs); {
		case a.Name.Local == "SendEmail" || a.Name.Local == "ShowMessage":
			return wrong(a, "Windows no longer does %s; start a program", a.Name.Local)
		case needs == "":
			return wrong(a, "%q is no action; there are Exec and ComHandler", a.Name.Local)
		case e == nil || strings.TrimSpace(e.Text) == "":
			return wrong(a, "the action %s has no %s", a.Name.Local, needs)
		}
	}
	return nil
}

// load reads the source, and returns its definition as Windows keeps it.
func load(host providers.Host, source string) ([]byte, *xmldoc.Element, error) {
	data, err := payload.Read(host, "source", source, maxSize, "a task")
	if err != nil {
		return nil, nil, err
	}
	root, data, err := parse(data)
	if err == nil {
		err = checkDefinition(root)
	}
	if err != nil {
		return nil, nil, providers.Problemf("source", "Invalid definition of a task", "%s: %v.", source, err)
	}
	return data, root, nil
}

// warn tells of a definition without a version. The schema takes it ([MS-TSCH] §2.5.1),
// but what may be in it goes by the version.
func warn(_ context.Context, _ image.Session, around providers.Around, want task, absent bool) ([]*providers.Problem, error) {
	if absent || want.Source == nil {
		return nil, nil
	}
	_, root, err := load(around.Host, *want.Source)
	if err != nil {
		return nil, err
	}
	if _, ok := root.Attr("version"); ok {
		return nil, nil
	}
	return []*providers.Problem{{Attr: "source", Summary: "Task without a version", Detail: fmt.Sprintf(
		"%s, line %d: the Task has no version, by which the Task Scheduler knows what may be in it. Add version=\"1.2\", or what the machine it was made on has exported.", *want.Source, root.Line)}}, nil
}

func resolve(ctx context.Context, host providers.Host, t *task) error {
	if t.Source == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	data, _, err := load(host, *t.Source)
	if err == nil {
		t.Digest = digest(data)
	}
	return err
}

// content returns the wanted definition; nil without a source. It must be unchanged since
// the plan.
func content(host providers.Host, t task) ([]byte, error) {
	if t.Source == nil {
		return nil, nil
	}
	data, _, err := load(host, *t.Source)
	if err != nil {
		return nil, err
	}
	return data, payload.Planned(*t.Source, *t.Digest, *digest(data))
}
