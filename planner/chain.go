package planner

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// The chain: each ID is the SHA-256 of the ID before it and of one JSON
// document, so that an ID stands for all that was done to a source so far.
// Names of blocks are not part of it: renaming one changes nothing. Hints are,
// although they are not compared with the image: they may say how a change is
// made. Payloads count by what the configuration calls them and, where their
// kind puts a digest into the value, by their content; not by where the module is.

// outputFormat stands for what an output is beside its steps.
const outputFormat = "wim, receipt 1"

func link(previous string, doc any) string {
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err) // doc is made of strings and valid JSON
	}
	h := sha256.New()
	h.Write([]byte(previous + "\n"))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// chainStart is the ID before the first step. Backends do not make the same bytes
// of a step, so theirs are different chains.
func chainStart(fingerprint string, clock time.Time, backend string) string {
	return link("", struct {
		Source  string    `json:"source"`
		Clock   time.Time `json:"clock"`
		Backend string    `json:"backend"`
	}{fingerprint, clock.UTC(), backend})
}

// ids are the two IDs of an image after a step. Where no value so far is sensitive they
// are one. Own has sensitive values digested with the key of the store: who sees it can't
// try values out. Published, which goes into the output, does without them: the same input
// makes the same bytes, whatever the key is.
type ids struct{ own, published string }

// next are the IDs after a step.
func (prior ids) next(key []byte, kind *providers.Provider, it *Item, action providers.Action, way string) ids {
	keyed := func(v cty.Value) json.RawMessage { return seal(key, canonical(v)) }
	hidden := func(cty.Value) json.RawMessage { return seal(nil, nil) }
	return ids{
		own:       chainStep(prior.own, kind, it, keyed, action, way),
		published: chainStep(prior.published, kind, it, hidden, action, way),
	}
}

// seal stands for a sensitive value, and for any of them where there is no key.
func seal(key []byte, value json.RawMessage) json.RawMessage {
	if len(key) == 0 {
		return json.RawMessage(`{"sensitive":true}`)
	}
	h := hmac.New(sha256.New, key)
	h.Write(value)
	return json.RawMessage(`{"sensitive":"` + hex.EncodeToString(h.Sum(nil)) + `"}`)
}

// chainStep is the ID after a step, with what stands for sensitive values.
func chainStep(previous string, kind *providers.Provider, it *Item, sealed func(cty.Value) json.RawMessage, action providers.Action, way string) string {
	want := it.Want
	keys, rest := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, a := range kind.Schema {
		v := attribute(want, a)
		if v.IsNull() {
			continue
		}
		text := rest
		if a.Key {
			text = keys
		}
		if text[a.Name] = canonical(v); slices.Contains(it.Sensitive, a.Name) {
			text[a.Name] = sealed(v)
		}
	}
	return link(previous, struct {
		Kind     string                     `json:"kind"`
		Revision int                        `json:"revision"`
		Key      map[string]json.RawMessage `json:"key"`
		Want     map[string]json.RawMessage `json:"want"`
		Action   providers.Action           `json:"action"`
		Way      string                     `json:"way"`
	}{kind.Kind, kind.Revision, keys, rest, action, way})
}

// chainHead is the ID of a finished output. One that is written as the source is
// has the ID that it had before there was anything to choose.
func chainHead(last string, format image.Format) string {
	if format.IsZero() {
		return link(last, outputFormat)
	}
	return link(last, struct {
		Output string       `json:"output"`
		Format image.Format `json:"format"`
	}{outputFormat, format})
}

// canonical is the JSON of a value: sets sorted, names of attributes sorted.
func canonical(v cty.Value) json.RawMessage {
	data, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		panic(err) // values of a plan are known and without marks: [conform]
	}
	return data
}

// thing identifies what a resource decides on, whatever the block is called.
func thing(kind *providers.Provider, want cty.Value) string {
	keys := map[string]string{}
	for _, a := range kind.Schema {
		if v := attribute(want, a); a.Key && !v.IsNull() {
			keys[a.Name] = folded(a, string(canonical(v)))
		}
	}
	return link(kind.Kind, keys)[:32]
}

func folded(a dsl.Attr, s string) string {
	if a.Fold {
		return strings.ToUpper(s)
	}
	return s
}
