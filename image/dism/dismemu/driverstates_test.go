package dismemu_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
)

// driver is a driver package to be made: its INF with what the test says of it.
type driver struct {
	class, guid, provider, date, version string
	models                               []string // description = section, hardware ID
	more                                 string   // further sections
}

func (d driver) inf() string {
	return fmt.Sprintf(`[Version]
Signature="$Windows NT$"
Class=%s
ClassGuid=%s
Provider="%s"
CatalogFile=x.cat
DriverVer=%s,%s

[Manufacturer]
"%s"=Models,NTamd64

[Models.NTamd64]
%s

[Install.NT]
CopyFiles=Files

[Files]
x.sys

[DestinationDirs]
DefaultDestDir=13

[SourceDisksNames]
1="Disk"

[SourceDisksFiles]
x.sys=1
%s`, d.class, d.guid, d.provider, d.date, d.version, d.provider, strings.Join(d.models, "\n"), d.more)
}

// add writes a driver package and adds it to the image.
func (b *bench) addDriver(name string, d driver) {
	b.Helper()
	b.dism(0, "/Image:"+b.dir, "/Add-Driver", "/Driver:"+b.driver(name, d))
}

func (b *bench) driver(name string, d driver) string {
	b.file("x.cat", "no signature")
	b.file("x.sys", name)
	return b.file(name, strings.ReplaceAll(d.inf(), "\n", "\r\n"))
}

// net is the setup class of network adapters.
const net = "{4d36e972-e325-11ce-bfc1-08002be10318}"

func wireless() driver {
	return driver{class: "net", guid: net, provider: "Intel Corporation", date: "05/17/2024", version: "23.60.0.10",
		models: []string{`"Intel(R) Wi-Fi 6 AX200 160MHz"=Install,PCI\VEN_8086&DEV_2723&SUBSYS_00848086`, `"Intel(R) Wi-Fi 6 AX201 160MHz"=Install,PCI\VEN_8086&DEV_02F0&SUBSYS_00708086`},
		more:   "\n[Install.NT.Services]\nAddService=Netwtw08,2,Service\n\n[Service]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%13%\\x.sys\n"}
}

func oneDriver(b *bench, _ *transcript.Transcript) { b.driver("Netwtw08.INF", wireless()) }

// taken puts files where published INF files are, up to a number.
func (b *bench) taken(n int) {
	b.edit(func(files image.Files, _ image.Registry) error {
		var err error
		for i := range n {
			err = errors.Join(err, files.WriteFile(fmt.Sprintf("Windows/INF/oem%d.inf", i), strings.NewReader("x"), image.Meta{}))
		}
		return err
	})
}

func (b *bench) class(guid, name, description string) {
	b.edit(func(_ image.Files, r image.Registry) error {
		key := control + `\Class\` + guid
		return errors.Join(setText(r, key, "Class", name), setText(r, key, "", description))
	})
}

func wirelessDriver(b *bench, _ *transcript.Transcript) {
	b.taken(1)
	b.class(net, "net", "Network adapters")
	b.addDriver("netwtw08.inf", wireless())
}

func trackpad(b *bench, _ *transcript.Transcript) {
	const hid = "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}"
	b.taken(19)
	b.class(hid, "HIDClass", "Human Interface Devices")
	b.addDriver("applewtp64.inf", driver{class: "HIDClass", guid: hid, provider: "Apple Inc.", date: "10/29/2011", version: "5.0.0.0",
		models: []string{`"Trackpad"=Install,BTHENUM\{00001124}`}})
}
