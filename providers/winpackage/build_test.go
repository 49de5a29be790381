package winpackage

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/internal/regimage"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

const token = "31bf3856ad364e35"

// A made package for tests.
type made struct {
	name, version, release, arch string
	language                     string
	identifier                   string
	parents                      []string // name and version with a blank between them
}

func (m made) identity() string {
	return strings.Join([]string{m.name, token, m.archOr(), m.language, m.version}, "~")
}

func (m made) archOr() string {
	if m.arch == "" {
		return "amd64"
	}
	return m.arch
}

func (m made) mum() string {
	var parents strings.Builder
	for _, p := range m.parents {
		name, version, _ := strings.Cut(p, " ")
		fmt.Fprintf(&parents, `<parent buildCompare="EQ"><assemblyIdentity name=%q version=%q language="neutral" processorArchitecture="amd64" publicKeyToken=%q/></parent>`, name, version, token)
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3">`+
		`<assemblyIdentity name=%q version=%q language=%q processorArchitecture=%q publicKeyToken=%q/>`+
		`<package identifier=%q releaseType=%q>%s</package></assembly>`,
		m.name, m.version, cmp.Or(m.language, "neutral"), m.archOr(), token, m.identifier, m.release, parents.String())
}

// cab is the package's cabinet.
func (m made) cab() string {
	return string(cabtest.Stored(map[string]string{"update.mum": m.mum(), "update.cat": "catalogue"}))
}

// msuOf is a .msu file of packages; with psf as those that need it next to them.
func msuOf(psf bool, packages ...made) string {
	files := map[string]string{"WSUSSCAN.cab": string(cabtest.Stored(map[string]string{"a.xml": "<a/>"}))}
	for i, m := range packages {
		files[fmt.Sprintf("%d-%s.cab", i, m.name)] = m.cab()
	}
	if psf {
		files["update.psf"] = "PSTREAM"
	}
	return string(cabtest.Stored(files))
}

func lcu(revision int, parents ...string) made {
	return made{name: "Package_for_RollupFix", version: fmt.Sprintf("26100.%d.1.10", revision), release: "Security Update",
		identifier: fmt.Sprintf("KB505%04d", revision), parents: parents}
}

func ssu(revision int) made {
	return made{name: fmt.Sprintf("Package_for_ServicingStack_%d", revision), version: fmt.Sprintf("26100.%d.1.1", revision), release: "Update",
		identifier: "KB5059999"}
}

// recorded is .reg text of packages: identity, state, visibility.
func recorded(identity string, state, visibility int) string {
	return fmt.Sprintf("[HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\%s]\n"+
		"\"CurrentState\"=dword:%08x\n\"Visibility\"=dword:%08x\n\n", identity, state, visibility)
}

const (
	foundation = "Microsoft-Windows-Foundation-Package~" + token + "~amd64~~10.0.26100.1"

	installed, pending, superseded, staging, uninstalling, permanent = 0x70, 0x60, 0x50, 0x40, 0x05, 0x80
)

// windows is an image of build 26100 with packages.
func windows(t testing.TB, packages ...string) map[string][]byte {
	return regimage.Hives(t, recorded(foundation, installed, 2)+strings.Join(packages, ""))
}
