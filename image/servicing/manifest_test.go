package servicing

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseManifest(t *testing.T) {
	for text, want := range map[string]manifest{
		`<assembly><package identifier="x" releaseType="Feature Pack"><update name="package"/></package></assembly>`: {releaseType: "feature_pack", identifier: "x"},
		`<a:assembly xmlns:a="urn"><a:package/></a:assembly>`:                                                        {},
		`<assembly supportInformation="https://s/1"><package permanence="permanent"/></assembly>`:                    {support: "https://s/1", permanent: true},
	} {
		if got, err := parseManifest(strings.NewReader(text)); got != want || err != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "<assembly/>", "<assembly>", "DCM\x01", "<assembly><package", "<?xml version=\"1.0\" encoding=\"x\"?><package/>"} {
		if got, err := parseManifest(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %+v and no error", text, got)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><assembly><package releaseType="Update"/></assembly>`))
	f.Add([]byte("<assembly>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseManifest(bytes.NewReader(b)); err != nil && m != (manifest{}) {
			t.Errorf("%+v and %v", m, err)
		}
	})
}
