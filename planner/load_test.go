package planner

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzLoad decodes plan files whose digest is right. What is accepted can be saved again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"images":[null]}`))
	f.Add([]byte(`{"images":[{"name":"a","items":[null],"steps":[{"item":7}]}]}`))
	f.Add([]byte(`{"images":[{"name":"kiosk","clock":"2024-05-06T07:08:09Z","items":[{"addr":{"Image":"kiosk","Kind":"setting","Name":"a"},
		"action":"update","want":{"value":{"name":"a","tags":["x"]},"type":["object",{"name":"string","tags":["set","string"]}]},
		"have":{"value":null,"type":["object",{"name":"string"}]},"sensitive":["name"],"sealed":{"name":"x:y"},
		"differences":[{"attr":"name","want":{"value":"a","type":"string"},"have":null}]}],
		"steps":[{"item":0,"action":"create","way":"offline","id":"0"}]}]}`))
	f.Fuzz(func(t *testing.T, plan []byte) {
		var compact bytes.Buffer
		if json.Compact(&compact, plan) != nil {
			return
		}
		file, err := json.Marshal(planFile{FormatVersion: planVersion, Digest: digest(compact.Bytes()), Plan: plan})
		if err != nil {
			return
		}
		p, err := decodePlan(file, nil)
		if err != nil {
			return
		}
		for _, img := range p.Images {
			img.Explain()
		}
		if _, err := json.Marshal(p.seal()); err != nil {
			t.Error(err)
		}
	})
}
