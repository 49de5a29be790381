package sample

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/cab/cabtest"
)

// Factory writes into a folder what examples/factory starts from: install.wim,
// boot.wim and, below payloads, small packages of the sorts that vendors deliver.
func Factory(ctx context.Context, dir string) error {
	for name, content := range payloads() {
		path := filepath.Join(dir, "payloads", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			return err
		}
	}
	if err := Write(ctx, filepath.Join(dir, "install.wim"), Options{}); err != nil {
		return err
	}
	return Write(ctx, filepath.Join(dir, "boot.wim"), Options{PE: true})
}

// payloads returns the files below the folder payloads, by name.
func payloads() map[string][]byte {
	return map[string][]byte{
		"drivers/nic/contosonic.inf": []byte(crlf(nicINF)),
		"drivers/nic/contosonic.sys": []byte("sample program of a driver\r\n"),
		"drivers/nic/contosonic.cat": []byte("no signature\r\n"),
		"updates/windows11.0-kb5058411-x64.cab": cabinet(pkg{
			"Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.10", "Security Update", nil}),
		"languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab": cabinet(pkg{
			"Microsoft-Windows-Client-LanguagePack-Package~31bf3856ad364e35~amd64~de-DE~10.0.26100.1", "Language Pack", nil}),
		"languages/Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~.cab": cabinet(pkg{
			"Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "OnDemand Pack", nil}, capability{"Language.Basic", "de-DE"}),
		"winpe/WinPE-WMI.cab": cabinet(pkg{
			"WinPE-WMI-Package~31bf3856ad364e35~amd64~~10.0.26100.1", "Feature Pack", nil}),
	}
}

// cabinet returns a package as a file.
func cabinet(p pkg, capabilities ...capability) []byte {
	return cabtest.Stored(map[string]string{
		"update.mum": string(p.manifest(capabilities...)), "update.cat": "sample catalogue of " + p.identity + "\r\n",
	})
}

// nicINF is a driver package of a network adapter. It is not signed.
const nicINF = `; Driver of the Contoso network adapter

[Version]
Signature   = "$WINDOWS NT$"
Class       = Net
ClassGuid   = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider    = %Contoso%
CatalogFile = contosonic.cat
DriverVer   = 03/01/2024,1.2.3.4
PnpLockdown = 1

[Manufacturer]
%Contoso% = Contoso, NTamd64

[Contoso.NTamd64]
%Nic% = Nic.Install, PCI\VEN_1AF4&DEV_FFFE

[Nic.Install.NT]
CopyFiles = Nic.Files

[Nic.Files]
contosonic.sys

[Nic.Install.NT.Services]
AddService = contosonic, 2, Nic.Service

[Nic.Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %12%\contosonic.sys

[SourceDisksNames]
1 = %Contoso%

[SourceDisksFiles]
contosonic.sys = 1

[DestinationDirs]
Nic.Files = 12

[Strings]
Contoso = "Contoso"
Nic     = "Contoso network adapter"
`
