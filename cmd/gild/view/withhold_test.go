package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor/censor"
)

// TestDocumentWithholds: no string of a JSON document or line holds a secret, wherever it
// is in it; all else is as it was.
func TestDocumentWithholds(t *testing.T) {
	const secret = `Hunter2"\x`
	var c censor.Censor
	c.Add(secret, "4711", "error")
	digest := strings.Repeat("0", 30) + "4711" + strings.Repeat("f", 30)
	v := map[string]any{
		"type": "error", "@level": "error", "number": 4711, "name": "<&>", "digest": digest,
		"deep": []any{map[string]any{"type": secret, "4711": "is 4711", "path": "C:\\" + secret + "\\a"}, nil, true, "", `"`, "\\"},
	}
	var out, line bytes.Buffer
	if err := Document(Streams{Out: &out, Withhold: c.Text}, v); err != nil {
		t.Fatal(err)
	}
	(&Lines{w: &line, withhold: c.Text}).print(v)
	for _, text := range []string{out.String(), line.String()} {
		if strings.Contains(text, "Hunter2") || strings.Contains(text, `is 4711"`) {
			t.Errorf("a secret is shown:\n%s", text)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		deep := got["deep"].([]any)
		inner := deep[0].(map[string]any)
		if got["type"] != "error" || got["@level"] != "error" || got["number"] != 4711.0 || got["name"] != "<&>" || got["digest"] != digest ||
			inner["type"] != censor.Stand || inner["4711"] != "is "+censor.Stand || inner["path"] != `C:\`+censor.Stand+`\a` ||
			len(deep) != 6 || deep[4] != `"` || deep[5] != `\` {
			t.Errorf("got %s", text)
		}
	}
	out.Reset()
	c.Add(digest)
	if err := Document(Streams{Out: &out, Withhold: c.Text}, v); err != nil || strings.Contains(out.String(), digest) {
		t.Errorf("a secret that looks like a digest is shown: %v\n%s", err, out.String())
	}
}
