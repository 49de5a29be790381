package inf_test

import (
	"fmt"

	"github.com/gildhq/gild/formats/inf"
)

// An INF is read once and asked for each target.
func Example() {
	text := `[Version]
Signature = "$Windows NT$"
Class = Net
ClassGuid = {4d36e972-e325-11ce-bfc1-08002be10318}
Provider = %Contoso%
DriverVer = 01/31/2024,2.1.0.7
CatalogFile = nic.cat

[Manufacturer]
%Contoso% = Models,NTamd64.10.0...19041

[Models.NTamd64.10.0...19041]
%Nic% = Install, PCI\VEN_1234&DEV_5678

[Install.NT]
CopyFiles = Files

[Install.NT.Services]
AddService = nic, 2, Service

[Service]
ServiceType = 1
StartType = 3
ErrorControl = 1
ServiceBinary = %13%\nic.sys

[Files]
nic.sys

[DestinationDirs]
Files = 13

[SourceDisksNames]
1 = %Contoso%

[SourceDisksFiles]
nic.sys = 1,amd64

[Strings]
Contoso = "Contoso"
Nic = "Contoso Gigabit Adapter"
`
	file, err := inf.Parse([]byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file.Version.Provider, file.Version.Class, file.Version.DriverVer)
	p := file.Resolve(inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631})
	for _, m := range p.Models {
		fmt.Println(m.Description, m.HardwareID)
	}
	for _, f := range p.Files {
		fmt.Println(f.Path, "to", f.Copies[0].Dest)
	}
	p = file.Resolve(inf.Target{Arch: inf.ARM64, Major: 10, Build: 22631})
	fmt.Println(p.Problems)
	// Output:
	// Contoso Net 01/31/2024,2.1.0.7
	// Contoso Gigabit Adapter PCI\VEN_1234&DEV_5678
	// amd64/nic.sys to %13%\nic.sys
	// [nothing is installed on arm64 10.0.22631: the package is for NTamd64.10.0...19041]
}
