package lock_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRenovate tries the very expressions of docs/lock.md on a configuration.
func TestRenovate(t *testing.T) {
	text, err := os.ReadFile("../../docs/lock.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- renovate -->\n```json\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/lock.md has no configuration for Renovate")
	}
	var config struct {
		CustomManagers []struct {
			ManagerFilePatterns []string
			MatchStrings        []string
			DatasourceTemplate  string
		}
	}
	if err := json.Unmarshal([]byte(block), &config); err != nil {
		t.Fatal(err)
	}
	const configuration = `
module "net" {
  source  = "git::https://git.example/team/modules.git//net"
  version = "~> 1.2"
}
module "base" {
  source = "git::https://git.example/team/base.git//a/b?ref=v1.4.0"
}
module "branch" {
  source = "git::https://git.example/team/base.git?ref=main"
}
module "artefact" {
  source = "oci://registry.example:5000/team/art:1.0.3//x"
}
image "x" {
  driver "nic" { source = "oci://registry.example/drivers/nic:2.1" }
  driver "pinned" { source = "oci://registry.example/drivers/nic@sha256:00" }
  file "web" { source = "https://files.example/a.zip?checksum=sha256:00" }
}
`
	want := []string{
		"git-tags https://git.example/team/modules.git ~> 1.2",
		"git-tags https://git.example/team/base.git v1.4.0",
		"docker registry.example:5000/team/art 1.0.3",
		"docker registry.example/drivers/nic 2.1",
	}
	var got []string
	for _, m := range config.CustomManagers {
		for _, pattern := range m.ManagerFilePatterns {
			if re := regexp.MustCompile(strings.Trim(pattern, "/")); !re.MatchString("images/a.gild.hcl") || re.MatchString("gild.lock.hcl") {
				t.Errorf("%s is for other files", pattern)
			}
		}
		for _, expr := range m.MatchStrings {
			re := regexp.MustCompile(expr)
			for _, found := range re.FindAllStringSubmatch(configuration, -1) {
				got = append(got, strings.Join([]string{m.DatasourceTemplate, found[re.SubexpIndex("packageName")], found[re.SubexpIndex("currentValue")]}, " "))
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
