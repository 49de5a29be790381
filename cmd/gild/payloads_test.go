package main

import (
	"fmt"

	"github.com/gildhq/gild/formats/cab/cabtest"
)

// examplePayloads are the files that the examples of the reference name.
func examplePayloads() map[string]string {
	return map[string]string{
		"files/branding/logo.txt":                                        "logo",
		"updates/windows11.0-kb5058411-x64.msu":                          packageFile("Package_for_RollupFix", "26100.4061.1.10", "neutral", "Security Update", "KB5058411"),
		"updates/windows11.0-kb5054979-x64-ndp481.msu":                   packageFile("Package_for_DotNetRollup_481", "10.0.9310.1", "neutral", "Update", "KB5054979"),
		"languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab": packageFile("Microsoft-Windows-Client-LanguagePack-Package", "10.0.26100.1", "de-DE", "Language Pack", ""),
	}
}

// packageFile is the cabinet of a Windows package that holds nothing.
func packageFile(name, version, language, release, identifier string) string {
	return string(cabtest.Stored(map[string]string{"update.mum": fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3">
  <assemblyIdentity name=%q version=%q language=%q processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35"/>
  <package identifier=%q releaseType=%q/>
</assembly>`, name, version, language, identifier, release)}))
}
