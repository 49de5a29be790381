package dismemu_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/transcript"
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

// drivers name the INF files below a folder as /Add-Driver takes them.
func (b *bench) drivers(dir string) []string {
	b.Helper()
	var args []string
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if strings.EqualFold(filepath.Ext(name), ".inf") {
			args = append(args, "/Driver:"+name)
		}
		return err
	})
	if err != nil || len(args) == 0 {
		b.Fatal("no drivers in", dir, err)
	}
	return args
}
