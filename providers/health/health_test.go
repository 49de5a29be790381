package health_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/health"
	"github.com/gildhq/gild/providers/providertest"
)

const (
	identity = "Sample-Package~31bf3856ad364e35~amd64~~10.0.26100.1"
	cbs      = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	// whole is the registry of an image that is whole.
	whole = `
[` + cbs + `\Packages\` + identity + `]
"CurrentState"=dword:00000070
"Visibility"=dword:00000001

[HKLM\SYSTEM\DriverDatabase\DriverPackages\nic.inf_amd64_0123456789abcdef]
@="oem0.inf"
"InfName"="nic.inf"

[HKLM\SAM\SAM]

[HKLM\SECURITY\Policy]

[HKU\.DEFAULT\Environment]

[HKLM\COMPONENTS\DerivedData\Components\amd64_sample]
`
)

// holding returns the files of an image that is whole, those of the text next to them.
func holding(t *testing.T, text string) map[string][]byte {
	files := regimage.Hives(t, whole+text)
	for _, name := range []string{
		"Windows/servicing/Packages/" + identity + ".mum",
		"Windows/servicing/Packages/" + identity + ".cat",
		"Windows/System32/DriverStore/FileRepository/nic.inf_amd64_0123456789abcdef/nic.inf",
		"Windows/INF/oem0.inf",
		"Windows/WinSxS/Manifests/amd64_sample.manifest",
	} {
		files[name] = []byte("content")
	}
	return files
}

func without(files map[string][]byte, name string) map[string][]byte {
	less := maps.Clone(files)
	delete(less, name)
	return less
}

func TestKind(t *testing.T) {
	providertest.Run(t, health.Provider(), []providertest.Case{
		{Name: "whole", Image: holding(t, ""), Set: map[string]cty.Value{}, Unchanged: true, Keep: true},
		{Name: "pending", Image: holding(t, "["+cbs+`\RebootPending]`), Unchanged: true, Keep: true,
			Set: map[string]cty.Value{"allow_pending": cty.True}},
	})
}

func TestProblems(t *testing.T) {
	p := health.Provider()
	for _, c := range []struct {
		name  string
		image map[string][]byte
		set   map[string]cty.Value
		attr  string
		wants string
	}{
		{"manifest", without(holding(t, ""), "Windows/servicing/Packages/"+identity+".mum"), nil, "", identity + ".mum is missing"},
		{"driver", without(holding(t, ""), "Windows/System32/DriverStore/FileRepository/nic.inf_amd64_0123456789abcdef/nic.inf"), nil, "", "nic.inf_amd64_0123456789abcdef is missing, though SYSTEM records it"},
		{"published", without(holding(t, ""), "Windows/INF/oem0.inf"), nil, "", "Windows/INF/oem0.inf is missing"},
		{"hive", without(holding(t, ""), "Windows/System32/config/SAM"), nil, "", "config/SAM is missing"},
		{"pending", holding(t, "["+cbs+`\RebootPending]`), nil, "allow_pending", "0x800f0806"},
		{"no digests", holding(t, ""), map[string]cty.Value{"content": cty.True}, "content", "keeps no digests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Found(t.Context(), providertest.NewImage(t, c.image, false), providertest.Value(t, p, c.set))
			problems := providers.Problems(err)
			if len(problems) != 1 {
				t.Fatalf("%d problems: %v", len(problems), err)
			}
			problem, ok := problems[0].(*providers.Problem)
			if !ok || problem.Attr != c.attr || !strings.Contains(problem.Detail, c.wants) {
				t.Errorf("at %q: %v", problem.Attr, err)
			}
		})
	}
	if _, err := p.Checked(providertest.Value(t, p, nil), true); err == nil {
		t.Error("it can be absent")
	}
}

// TestMany: a plan names the first of many faults and counts the others.
func TestMany(t *testing.T) {
	var text strings.Builder
	for _, name := range strings.Fields("a b c d e f g h i j k l") {
		text.WriteString(`[HKLM\COMPONENTS\DerivedData\Components\` + name + "]\n\n")
	}
	p := health.Provider()
	_, err := p.Found(t.Context(), providertest.NewImage(t, holding(t, text.String()), false), providertest.Value(t, p, nil))
	problems := providers.Problems(err)
	if len(problems) != 11 || !strings.Contains(problems[10].Error(), "2 more faults") {
		t.Errorf("%d problems, %v", len(problems), err)
	}
}

func TestAgain(t *testing.T) {
	p := health.Provider()
	want := providertest.Value(t, p, nil)
	if why := p.Again(want, nil); why != "" {
		t.Errorf("verified again behind nothing: %s", why)
	}
	if why := p.Again(want, []providers.Earlier{{}}); why == "" {
		t.Error("not verified again behind a change")
	}
}
