package sample

import (
	"fmt"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
)

// Tree returns the files of a sample image.
func Tree(o Options) (*wim.Node, error) { return treeOf(o, 0) }

// treeOf returns the files of the image with a number, from 0.
func treeOf(o Options, number int) (*wim.Node, error) {
	t := newTree(nt.TimeOf(made))
	if err := t.hives(o.PE, editions[number%len(editions)].id); err != nil {
		return nil, err
	}
	t.programs()
	t.drivers()
	t.users()
	if o.PE {
		t.peFiles()
		t.servicing(pePackages)
	} else {
		t.tasks()
		t.servicing(packages)
	}
	t.store(o)
	t.root.Sort()
	return t.root, nil
}

// programs adds the system's folder: programs, drivers, INF files.
func (t *tree) programs() {
	for i, name := range []string{
		"ntoskrnl.exe", "hal.dll", "kernel32.dll", "user32.dll", "advapi32.dll", "svchost.exe", "services.exe",
		"lsass.exe", "winlogon.exe", "cmd.exe", "reg.exe", "spoolsv.exe", "w32time.dll", "regsvc.dll",
		"drivers/stornvme.sys", "drivers/tcpip.sys", "drivers/disk.sys", "oobe/windeploy.exe",
	} {
		f := t.program("Windows/System32/"+name, uint64(i), 24<<10+int64(i)*1711)
		t.link(fmt.Sprintf("Windows/WinSxS/amd64_sample-%02d_31bf3856ad364e35_10.0.26100.1_none/%s", i, f.Name), f)
	}
	t.bytes("Windows/win.ini", []byte("; for 16-bit app support\r\n[fonts]\r\n"))
	t.dir("Program Files").ShortName = "PROGRA~1"
	t.dir("Program Files (x86)").ShortName = "PROGRA~2"
	t.bytes("Program Files/Common Files/readme.txt", []byte("sample\r\n"))
	t.dir("Windows/Temp")
	t.dir("Windows/Logs/CBS")
	t.dir("Windows/Panther")
	t.dir("ProgramData").Attributes |= wim.AttrHidden
	t.program("Windows/Web/Wallpaper/Windows/img0.jpg", 900, 180<<10)
}

func (t *tree) program(name string, seed uint64, size int64) *wim.Node {
	return t.file(name, size, filler(seed, size))
}

// peFiles adds what Windows PE starts with.
func (t *tree) peFiles() {
	for i, name := range []string{"wpeinit.exe", "wpeutil.exe", "winpeshl.exe", "drivers/fbwf.sys"} {
		t.program("Windows/System32/"+name, uint64(500+i), 12<<10)
	}
	t.bytes("Windows/System32/startnet.cmd", []byte("wpeinit\r\n"))
}

// users adds the profiles: the default one, and the public one with a file that
// a vendor left there.
func (t *tree) users() {
	t.dir("Users/Default").Attributes |= wim.AttrHidden
	for _, name := range []string{"Desktop", "Documents", "AppData/Local/Temp", "AppData/Roaming"} {
		t.dir("Users/Default/" + name)
	}
	welcome := t.bytes("Users/Public/Desktop/Welcome.url", []byte("[InternetShortcut]\r\nURL=https://vendor.example/\r\n"))
	zone := []byte("[ZoneTransfer]\r\nZoneId=3\r\n")
	welcome.Streams = append(welcome.Streams, wim.Stream{
		Name: "Zone.Identifier", Size: int64(len(zone)), Content: content(zone),
	})
	t.junction("Documents and Settings", "Users")
}

// store adds as many files as were asked for, spread over folders as in a
// component store.
func (t *tree) store(o Options) {
	mean := o.FileSize
	if mean <= 0 {
		mean = 12 << 10
	}
	const perFolder = 8
	for i := range o.Files {
		folder := fmt.Sprintf("Windows/WinSxS/amd64_component-%06d_31bf3856ad364e35_10.0.26100.1_none_%016x", i/perFolder, uint64(i/perFolder)*0x9e3779b97f4a7c15)
		size := mean/2 + int64(uint64(i)*2654435761%uint64(mean))
		t.program(fmt.Sprintf("%s/file%d.dll", folder, i%perFolder), uint64(i)+1000, size)
	}
}
