package defaultapps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/xmldoc"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/payload"
)

// maxSize is the maximum size of a file of associations; Windows' own has some thousand
// bytes.
const maxSize = 4 << 20

// identifier is an extension, or the scheme of a URL (RFC 3986 §3.1).
var identifier = regexp.MustCompile(`^(\.[^\s\\/:*?"<>|.][^\s\\/:*?"<>|]*|[A-Za-z][A-Za-z0-9+.-]*)$`)

// fault returns why an association is invalid.
func fault(id string, o open) string {
	switch {
	case !identifier.MatchString(id):
		return fmt.Sprintf("%q is neither an extension such as \".pdf\" nor a protocol such as \"http\"", id)
	case strings.TrimSpace(o.ProgID) == "":
		return fmt.Sprintf("%q has no ProgId, which says what opens it", id)
	case strings.ContainsFunc(o.ProgID, unicode.IsControl):
		return fmt.Sprintf("the ProgId of %q holds control characters", id)
	case o.Application != nil && strings.ContainsFunc(*o.Application, unicode.IsControl):
		return fmt.Sprintf("the name of the app for %q holds control characters", id)
	}
	return ""
}

func checkAssociations(all map[string]open) error {
	if len(all) == 0 {
		return providers.Problemf("associations", "No associations", `The map is empty. To have none, set ensure = "absent".`)
	}
	var errs []error
	seen := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if detail := fault(id, all[id]); detail != "" {
			errs = append(errs, providers.Problemf("associations", "Invalid association", "%s.", detail))
		}
		if seen[nt.Fold(id)] {
			errs = append(errs, providers.Problemf("associations", "Invalid association", "%q is there twice; upper and lower case do not matter.", id))
		}
		seen[nt.Fold(id)] = true
	}
	return errors.Join(errs...)
}

// text is the file of associations, in the form that DISM exports.
func text(all map[string]open) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<DefaultAssociations>\r\n")
	for _, id := range slices.Sorted(maps.Keys(all)) {
		o := all[id]
		fmt.Fprintf(&b, `  <Association Identifier="%s" ProgId="%s"`, escape(id), escape(o.ProgID))
		if o.Application != nil {
			fmt.Fprintf(&b, ` ApplicationName="%s"`, escape(*o.Application))
		}
		b.WriteString(" />\r\n")
	}
	b.WriteString("</DefaultAssociations>\r\n")
	return []byte(b.String())
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

// parse reads a file of associations. It ignores attributes that DISM does not
// export.
func parse(data []byte) (map[string]open, error) {
	root, err := xmldoc.Parse(data)
	if err != nil {
		return nil, err
	}
	wrong := func(e *xmldoc.Element, format string, args ...any) error {
		return &xmldoc.Error{Line: e.Line, Column: e.Column, Detail: fmt.Sprintf(format, args...)}
	}
	if root.Name.Local != "DefaultAssociations" {
		return nil, wrong(root, "the root element is %q, not DefaultAssociations", root.Name.Local)
	}
	all, lines := map[string]open{}, map[string]int{}
	for _, e := range root.Children {
		id, _ := e.Attr("Identifier")
		o := open{}
		o.ProgID, _ = e.Attr("ProgId")
		if name, ok := e.Attr("ApplicationName"); ok {
			o.Application = &name
		}
		if e.Name.Local != "Association" {
			return nil, wrong(e, "the element %q is not expected here, only Association", e.Name.Local)
		}
		if id == "" {
			return nil, wrong(e, "an Association has no Identifier, such as \".pdf\"")
		}
		if detail := fault(id, o); detail != "" {
			return nil, wrong(e, "%s", detail)
		}
		if line := lines[nt.Fold(id)]; line != 0 {
			return nil, wrong(e, "%q is there twice, first on line %d", id, line)
		}
		all[id], lines[nt.Fold(id)] = o, e.Line
	}
	if len(all) == 0 {
		return nil, wrong(root, "it holds no associations")
	}
	return all, nil
}

// digestOf sets the computed attributes of a file.
func (a *apps) digestOf(data []byte, all map[string]open) {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	a.Digest = &digest
	a.Identifiers = slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(all))))
}

// resolve reads the source.
func resolve(ctx context.Context, host providers.Host, a *apps) error {
	if a.Source == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	data, all, err := load(host, *a.Source)
	if err == nil {
		a.digestOf(data, all)
	}
	return err
}

func load(host providers.Host, source string) ([]byte, map[string]open, error) {
	data, err := payload.Read(host, "source", source, maxSize, "associations")
	if err != nil {
		return nil, nil, err
	}
	all, err := parse(data)
	if err != nil {
		return nil, nil, providers.Problemf("source", "Invalid associations", "%s: %v.", source, err)
	}
	return data, all, nil
}

// content returns the wanted file. It must be unchanged since the plan.
func content(host providers.Host, a apps) ([]byte, error) {
	if a.Source == nil {
		return text(a.Associations), nil
	}
	data, all, err := load(host, *a.Source)
	if err != nil {
		return nil, err
	}
	var now apps
	now.digestOf(data, all)
	return data, payload.Planned(*a.Source, *a.Digest, *now.Digest)
}
