package sample

import (
	"fmt"
	"strings"
)

// pkg is a package whose manifest and catalogue are in the image.
type pkg struct {
	identity, release string
	features          []string // that can be turned on and off
}

// capability is one that a package declares.
type capability struct{ name, language string }

// packages are those of the registry but for the update that was superseded and
// cleaned up.
var packages = []pkg{
	{"Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "Foundation", []string{
		"Containers", "NetFx3", "Printing-PrintToPDFServices-Features", "SMB1Protocol", "TelnetClient", "WorkFolders-Client"}},
	{"Microsoft-Windows-Client-Features-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "Feature Pack", nil},
	{"Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~en-US~10.0.26100.1", "Language Pack", nil},
	{"OpenSSH-Client-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "OnDemand Pack", nil},
	{"OpenSSH-Server-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "OnDemand Pack", nil},
	{"Package_for_KB5043080~31bf3856ad364e35~amd64~~26100.1742.1.1", "Security Update", nil},
	{"Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.2096.1.9", "Update", nil},
}

// pePackages are those of Windows PE.
var pePackages = []pkg{
	{"Microsoft-Windows-WinPE-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "Foundation", nil},
	{"Microsoft-Windows-WinPE-LanguagePack-Package~31bf3856ad364e35~amd64~en-US~10.0.26100.1", "Language Pack", nil},
}

// manifest returns the package's manifest.
func (p pkg) manifest(capabilities ...capability) []byte {
	part := strings.Split(p.identity, "~")
	language := part[3]
	if language == "" {
		language = "neutral"
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line(`<?xml version="1.0" encoding="utf-8" standalone="yes"?>`)
	line(`<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">`)
	line(`  <assemblyIdentity name="%s" version="%s" processorArchitecture="%s" language="%s" buildType="release" publicKeyToken="%s" />`,
		part[0], part[4], part[2], language, part[1])
	line(`  <package identifier="%s" releaseType="%s" restart="possible">`, part[0], p.release)
	for _, f := range p.features {
		line(`    <update name="%s" displayName="%s" restart="possible"><selectable disposition="staged" /></update>`, f, f)
	}
	for _, c := range capabilities {
		line(`    <declareCapability><capability><capabilityIdentity name="%s" language="%s" version="1.0" /></capability></declareCapability>`, c.name, c.language)
	}
	line(`  </package>`)
	line(`</assembly>`)
	return []byte(b.String())
}

// servicing adds the files of packages and of the component store.
func (t *tree) servicing(packages []pkg) {
	for _, p := range packages {
		name := "Windows/servicing/Packages/" + p.identity
		t.bytes(name+".mum", p.manifest())
		t.bytes(name+".cat", []byte("sample catalogue of "+p.identity+"\r\n"))
	}
	for _, component := range []string{
		"amd64_microsoft-windows-os-kernel_31bf3856ad364e35_10.0.26100.1_none_0011223344556677",
		"amd64_microsoft-windows-printing-spooler_31bf3856ad364e35_10.0.26100.1_none_8899aabbccddeeff",
	} {
		t.bytes("Windows/WinSxS/Manifests/"+component+".manifest", []byte("sample manifest of "+component+"\r\n"))
	}
}
