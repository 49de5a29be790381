package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/formats/cat/cattest"
)

// examplePayloads are the files that the examples of the reference name.
func examplePayloads() map[string]string {
	files := map[string]string{
		"media/sources/sxs/netfx3.cab":                                   packageFile("Microsoft-Windows-NetFx3-OnDemand-Package", "10.0.26100.1", "neutral", "OnDemand Pack", ""),
		"apps/kiosk.msixbundle":                                          appFile("AppxMetadata/AppxBundleManifest.xml", `<Bundle><Identity Name="Contoso.Kiosk" Publisher="CN=Contoso" Version="1.2.3.4"/><Packages><Package Type="application" Architecture="x64"/></Packages></Bundle>`),
		"apps/x64/Microsoft.VCLibs.140.00.appx":                          appFile("AppxManifest.xml", `<Package><Identity Name="Microsoft.VCLibs.140.00" Publisher="CN=Microsoft" Version="14.0.33519.0" ProcessorArchitecture="x64"/></Package>`),
		"apps/x86/Microsoft.VCLibs.140.00.appx":                          appFile("AppxManifest.xml", `<Package><Identity Name="Microsoft.VCLibs.140.00" Publisher="CN=Microsoft" Version="14.0.33519.0" ProcessorArchitecture="x86"/></Package>`),
		"files/branding/logo.txt":                                        "logo",
		"updates/windows11.0-kb5058411-x64.msu":                          packageFile("Package_for_RollupFix", "26100.4061.1.10", "neutral", "Security Update", "KB5058411"),
		"updates/windows11.0-kb5054979-x64-ndp481.msu":                   packageFile("Package_for_DotNetRollup_481", "10.0.9310.1", "neutral", "Update", "KB5054979"),
		"languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab": packageFile("Microsoft-Windows-Client-LanguagePack-Package", "10.0.26100.1", "de-DE", "Language Pack", ""),
		"languages/Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~.cab": packageFile("Microsoft-Windows-LanguageFeatures-Basic-de-de-Package", "10.0.26100.1", "neutral", "OnDemand Pack", "", "Language.Basic de-DE"),
		"languages/Microsoft-Windows-LanguageFeatures-OCR-de-de-Package~31bf3856ad364e35~amd64~~.cab":   packageFile("Microsoft-Windows-LanguageFeatures-OCR-de-de-Package", "10.0.26100.1", "neutral", "OnDemand Pack", "", "Language.OCR de-DE"),
	}
	files["files/tasks/update.xml"] = `<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Actions><Exec><Command>C:\Contoso\update.exe</Command></Exec></Actions>
</Task>`
	for name, class := range map[string][2]string{
		"drivers/network/contosonic": {"Net", "{4d36e972-e325-11ce-bfc1-08002be10318}"},
		"drivers/storage/contoso":    {"SCSIAdapter", "{4d36e97b-e325-11ce-bfc1-08002be10318}"},
	} {
		maps.Copy(files, driverPackage(name, class[0], class[1]))
	}
	return files
}

// driverPackage are the files of a signed driver package.
func driverPackage(name, class, guid string) map[string]string {
	base := path.Base(name)
	inf := fmt.Sprintf(`[Version]
Signature="$Windows NT$"
Class=%[2]s
ClassGuid=%[3]s
Provider=Contoso
CatalogFile=%[1]s.cat
DriverVer=03/04/2024,1.2.3.4
[Manufacturer]
Contoso=Models,NTamd64
[Models.NTamd64]
"Contoso device"=Install,PCI\VEN_1AF4&DEV_%[1]s
[SourceDisksNames]
1=Disk
[SourceDisksFiles]
%[1]s.sys=1
[DestinationDirs]
DefaultDestDir=12
[Install]
CopyFiles=@%[1]s.sys
[Install.Services]
AddService=%[1]s,2,Service
[Service]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%%12%%\%[1]s.sys
`, base, class, guid)
	sys := "driver of " + base
	catalog, err := cattest.Signed("Contoso", []byte(inf), []byte(sys))
	if err != nil {
		panic(err)
	}
	return map[string]string{name + ".inf": inf, name + ".sys": sys, name + ".cat": string(catalog)}
}

// appFile is the package of an app that holds nothing but its manifest.
func appFile(name, manifest string) string {
	var b strings.Builder
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, manifest)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err)
	}
	return b.String()
}

// packageFile is the cabinet of a Windows package that holds nothing.
func packageFile(name, version, language, release, identifier string, capability ...string) string {
	declared := ""
	for _, c := range capability {
		name, language, ok := strings.Cut(c, " ")
		if ok {
			language = fmt.Sprintf(" language=%q", language)
		}
		declared += fmt.Sprintf(`<declareCapability><capability><capabilityIdentity name=%q%s version="1.0"/></capability></declareCapability>`, name, language)
	}
	return string(cabtest.Stored(map[string]string{"update.mum": fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3">
  <assemblyIdentity name=%q version=%q language=%q processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35"/>
  <package identifier=%q releaseType=%q>%s</package>
</assembly>`, name, version, language, identifier, release, declared)}))
}
