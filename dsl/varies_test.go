package dsl_test

import (
	"maps"
	"testing"
)

func TestVaries(t *testing.T) {
	cfg, diags := load(map[string]string{"a.gild.hcl": `
profile "base" {
  file "same" {
    path    = "/1"
    content = "a"
  }
  file "named" {
    path    = "/2"
    content = image.name
  }
}
image "kiosk" {
  for_each = { de = "Berlin", fr = "Paris" }
  source = "base.wim"
  output = "${each.key}.wim"
  use    = [profile.base]

  file "town" {
    path    = "/3"
    content = each.value
  }
  file "fixed" {
    path    = "/4"
    content = "b"
  }
  file "own_each" {
    for_each = toset(["x"])
    path     = "/e/${each.key}"
  }
  file "family_each" {
    for_each = toset([each.key])
    path     = "/f"
  }
}
image "single" {
  source = "base.wim"
  output = "single.wim"
  use    = [profile.base]
  file "fixed" {
    path    = "/5"
    content = "b"
  }
}
`})
	if diags != "" {
		t.Fatal(diags)
	}
	want := map[string]bool{"same": false, "named": true, "town": true, "fixed": false, "own_each": false, "family_each": true}
	got := map[string]bool{}
	for _, r := range cfg.Images[0].Resources {
		got[r.Addr.Name] = r.Varies
	}
	if !maps.Equal(got, want) {
		t.Errorf("family: %v, want %v", got, want)
	}
	want = map[string]bool{"same": false, "named": true, "fixed": true}
	got = map[string]bool{}
	for _, r := range cfg.Images[2].Resources {
		got[r.Addr.Name] = r.Varies
	}
	if !maps.Equal(got, want) {
		t.Errorf("single: %v, want %v", got, want)
	}
}
