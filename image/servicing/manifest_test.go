package servicing

import (
	"bytes"
	"strings"
	"testing"
)

func TestReleaseType(t *testing.T) {
	for text, want := range map[string]string{
		`<assembly><package identifier="x" releaseType="Feature Pack"><update name="package"/></package></assembly>`: "Feature Pack",
		`<a:assembly xmlns:a="urn"><a:package/></a:assembly>`:                                                        "",
	} {
		if got, err := parseReleaseType(strings.NewReader(text)); got != want || err != nil {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "<assembly/>", "<assembly>", "DCM\x01", "<assembly><package", "<?xml version=\"1.0\" encoding=\"x\"?><package/>"} {
		if got, err := parseReleaseType(strings.NewReader(text)); err == nil {
			t.Errorf("%q: %q and no error", text, got)
		}
	}
}

func FuzzReleaseType(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><assembly><package releaseType="Update"/></assembly>`))
	f.Add([]byte("<assembly>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := parseReleaseType(bytes.NewReader(b)); err != nil && text != "" {
			t.Errorf("%q and %v", text, err)
		}
	})
}
