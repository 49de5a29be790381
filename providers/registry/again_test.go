package registry

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

func TestAgain(t *testing.T) {
	change := func(kind string, locale, location cty.Value) []providers.Change {
		return []providers.Change{{Addr: dsl.Addr{Kind: kind}, Want: cty.ObjectVal(map[string]cty.Value{"user_locale": locale, "location": location})}}
	}
	german, germany := cty.StringVal("de-DE"), cty.NumberIntVal(94)
	none, nowhere := cty.NullVal(cty.String), cty.NullVal(cty.Number)
	for _, c := range []struct {
		name, key string
		earlier   []providers.Change
		again     bool
	}{
		{"format", `HKU\Default\Control Panel\International`, change("international", german, nowhere), true},
		{"format on the logon screen", "HKU/.DEFAULT/control panel/international", change("international", german, nowhere), true},
		{"format beside a location", "HKU/Default/Control Panel/International", change("international", none, germany), false},
		{"location", "HKU/Default/Control Panel/International/Geo", change("international", none, germany), true},
		{"location beside a locale", "HKU/Default/Control Panel/International/Geo", change("international", german, nowhere), false},
		{"another key", "HKU/Default/Control Panel/International/User Profile", change("international", german, germany), false},
		{"another kind", "HKU/Default/Control Panel/International", change("file", german, germany), false},
		{"nothing before", "HKU/Default/Control Panel/International", nil, false},
	} {
		s := setting{Key: c.key, Name: new("sShortDate"), Value: cty.StringVal("x")}
		if err := check(&s, false); err != nil {
			t.Fatal(err)
		}
		if got := again(s, c.earlier); (got != "") != c.again {
			t.Errorf("%s: again because %q", c.name, got)
		}
	}
	key := setting{Key: "HKU/Default/Control Panel/International"}
	if got := again(key, change("international", german, germany)); got != "" {
		t.Errorf("the key itself again because %q", got)
	}
}
