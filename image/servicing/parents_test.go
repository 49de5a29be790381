package servicing

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

const nested = `<?xml version="1.0"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3"><package identifier="Foundation" releaseType="Foundation">
<update name="IIS-WebServer" displayName="x"><selectable disposition="staged"/>
<parent buildCompare="EQ"><assemblyIdentity name="Foundation"/><update name="IIS-WebServerRole"/></parent>
<package><assemblyIdentity name="p"/><update name="inner"/></package></update>
<update name="Other"><parent><update name="IIS-WebServer"/><update name="iis-webserver"/></parent></update>
<update name="Alone"/></package></assembly>`

func TestParents(t *testing.T) {
	for name, want := range map[string][]string{
		"iis-webserver": {"IIS-WebServerRole"}, "Other": {"IIS-WebServer"}, "Alone": nil, "unknown": nil,
	} {
		got, err := parseParents(strings.NewReader(nested), name)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	for _, text := range []string{"<assembly>", "DCM\x01", strings.Repeat("<update name='x'>", 400)} {
		if got, err := parseParents(strings.NewReader(text), "x"); err == nil {
			t.Errorf("%.20q: %v", text, got)
		}
	}
}

func FuzzParents(f *testing.F) {
	f.Add([]byte(nested))
	f.Add([]byte("<update name='Other'>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := parseParents(bytes.NewReader(b), "Other"); err != nil && list != nil {
			t.Errorf("%v and %v", list, err)
		}
	})
}
