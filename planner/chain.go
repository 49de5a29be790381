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

// The chain: each ID is the SHA-256 of the ID before it and of one JSON document, so that an ID
// identifies everything done to a source so far. It does not contain the names of blocks: renaming
// a block changes nothing. It does contain hints, which are not compared with the image, since they
// may say how a change is made. Payloads count by their name in the configuration and, if their
// kind puts a digest into the value, by their content, but not by the folder of the module.

// outputFormat identifies the form of outputs in the chain. A new form gets a new
// text.
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

// chainStart is the ID before the first step. Two backends make different bytes for
// one step, so their chains differ.
func chainStart(fingerprint string, clock time.Time, backend string) string {
	return link("", struct {
		Source  string    `json:"source"`
		Clock   time.Time `json:"clock"`
		Backend string    `json:"backend"`
	}{fingerprint, clock.UTC(), backend})
}

// ids are the two IDs of an image after a step. They are equal as long as no value is
// sensitive. Own contains keyed digests of sensitive values, with the key of the store:
// without the key no one can try out values. Published goes into the output and leaves
// sensitive values out, so that the same input makes the same bytes with any key.
type ids struct{ own, published string }

// next returns the IDs after a step.
func (prior ids) next(key []byte, kind *providers.Provider, it *Item, action providers.Action, way string) ids {
	keyed := func(v cty.Value) json.RawMessage { return seal(key, canonical(v)) }
	hidden := func(cty.Value) json.RawMessage { return seal(nil, nil) }
	return ids{
		own:       chainStep(prior.own, kind, it, keyed, action, way),
		published: chainStep(prior.published, kind, it, hidden, action, way),
	}
}

// seal returns what represents a sensitive value in an ID: a keyed digest, or
// without a key the same text for all.
func seal(key []byte, value json.RawMessage) json.RawMessage {
	if len(key) == 0 {
		return json.RawMessage(`{"sensitive":true}`)
	}
	h := hmac.New(sha256.New, key)
	h.Write(value)
	return json.RawMessage(`{"sensitive":"` + hex.EncodeToString(h.Sum(nil)) + `"}`)
}

// chainStep is the ID after a step. Sealed represents sensitive values.
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

// chainHead is the ID of a finished output. Without an export block it is the ID
// that outputs had before there was one.
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

// thing identifies what a resource decides on, independent of the block's name.
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
