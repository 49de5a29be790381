package inf

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// realFiles returns the INF files of the shared collection by their slashed
// paths in it.
func realFiles(t testing.TB) map[string][]byte {
	t.Helper()
	root := testenv.Shared(t, "drivers")
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".inf", ".inx":
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(rel)], err = os.ReadFile(path)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parseReal reads a file of the collection.
func parseReal(t testing.TB, name string) *File {
	t.Helper()
	f, err := Parse(testenv.ReadShared(t, "drivers/"+name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// TestRealFiles reads all files. The numbers of models and identifiers were
// counted independently of this package.
func TestRealFiles(t *testing.T) {
	encodings, classes := map[Encoding]int{}, map[string]int{}
	models, ids, primitive, empty := 0, 0, 0, 0
	files := realFiles(t)
	for name, data := range files {
		f, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		encodings[f.Encoding]++
		classes[f.Version.Class]++
		before := models
		for _, m := range f.Manufacturers {
			for _, s := range m.Sections {
				models += len(s.Models)
				for i := range s.Models {
					ids += len(s.Models[i].IDs())
				}
			}
		}
		switch {
		case len(f.defaultInstalls()) > 0:
			primitive++
		case models == before:
			empty++
		}
		for _, arch := range []Arch{X86, AMD64, ARM64} {
			checkPackage(t, f.Resolve(Target{Arch: arch, Major: 10, Build: 26200}))
		}
	}
	if len(files) != 143 || models != 1824 || ids != 1849 {
		t.Errorf("%d files, %d models, %d identifiers", len(files), models, ids)
	}
	if encodings[UTF16LE] != 7 || encodings[ANSI] != 136 {
		t.Errorf("encodings %v", encodings)
	}
	// Only autorun.inf has no class.
	if classes[""] != 1 || classes["Ports"] == 0 || classes["Extension"] == 0 {
		t.Errorf("classes %v", classes)
	}
	t.Logf("%d primitive drivers, %d without anything to install", primitive, empty)
}

func TestRealCP210x(t *testing.T) {
	const name = "arduino/build/windows/dist/drivers/CP210x_6.7.4/slabvcp.inf"
	f := parseReal(t, name)
	v := f.Version
	if v.Class != "Ports" || v.ClassGUID != "{4D36E978-E325-11CE-BFC1-08002BE10318}" || v.Provider != "Silicon Laboratories Inc." ||
		v.RawProvider != "%Provider%" || v.DriverVer.String() != "09/19/2016,6.7.4.261" || !v.PnpLockdown {
		t.Errorf("version %+v", v)
	}
	if len(f.Problems) != 0 {
		t.Errorf("problems %v", f.Problems)
	}
	for arch, want := range map[Arch][2]string{
		X86: {"x86/silabser.sys", "x86/WdfCoinstaller01009.dll"}, AMD64: {"x64/silabser.sys", "x64/WdfCoinstaller01009.dll"},
		ARM: {"arm/silabser.sys", "arm/WdfCoinstaller01011.dll"}, ARM64: {"arm64/silabser.sys", "arm64/WdfCoinstaller01015.dll"},
	} {
		p := f.Resolve(Target{Arch: arch, Major: 10, Build: 19045})
		if len(p.Models) != 14 || len(p.Installs) != 1 || len(p.Files) != 2 || p.Catalog != "slabvcp.cat" || len(p.Problems) != 0 {
			t.Fatalf("%s: %d models, %d installs, files %v, problems %v", arch, len(p.Models), len(p.Installs), p.Files, p.Problems)
		}
		if p.Files[0].Path != want[0] || p.Files[1].Path != want[1] {
			t.Errorf("%s: %s %s", arch, p.Files[0].Path, p.Files[1].Path)
		}
		if path, _ := p.Files[0].Copies[0].Dest.Path(arch); path != `Windows\System32\drivers\silabser.sys` {
			t.Errorf("%s: %s", arch, path)
		}
		s := p.Installs[0].Services[0]
		if s.Name != "silabser" || s.Type != 1 || s.Start != StartDemand || s.ErrorControl != 1 || s.Flags != ServiceAssociated ||
			s.DisplayName != "Silicon Labs CP210x USB to UART Bridge Driver" {
			t.Errorf("%s: service %+v", arch, s)
		}
	}
	m := f.Resolve(win11).Models[0]
	if m.Description != "Silicon Labs CP210x USB to UART Bridge" || m.RawDescription != `%USB\VID_10C4&PID_EA60.DeviceDesc%` ||
		m.HardwareID != `USB\VID_10C4&PID_EA60` || m.Section != "SiLabsDDInstallSection.NTamd64" || m.Line != 47 {
		t.Errorf("model %+v", m)
	}
	if f.Resolve(Target{Arch: AMD64, Major: 6}).Models != nil {
		t.Error("models for Windows Vista")
	}
	// InitialBaudRate is written as bytes: 115200.
	reg := f.Resolve(win11).Installs[0].AddReg[0]
	if _, data, err := reg.Entries[3].Data(); err != nil || string(data) != "\x00\xc2\x01\x00" {
		t.Errorf("%s: %x, %v", reg.Entries[3].Name, data, err)
	}
}

func TestRealFTDI(t *testing.T) {
	f := parseReal(t, "adafruit/Drivers/FTDI_VCP_BUS/ftdibus.inf")
	if f.Encoding != ANSI || f.Version.DriverVer.VersionString() != "2.12.14.0" {
		t.Errorf("%s %s", f.Encoding, f.Version.DriverVer)
	}
	p := f.Resolve(win11)
	want := []string{
		`amd64/ftdibus.sys: %10%\system32\drivers\ftdibus.sys`,
		`amd64/ftbusui.dll: %10%\system32\ftbusui.dll`,
		`amd64/ftd2xx64.dll: %10%\system32\ftd2xx.dll`,
		`amd64/FTLang.dll: %10%\system32\FTLang.dll`,
		`i386/ftd2xx.dll: %10%\syswow64\ftd2xx.dll`,
	}
	for i := range p.Files {
		if got := places(&p.Files[i]); got != want[i] {
			t.Errorf("file %s, want %s", got, want[i])
		}
	}
	if len(p.Files) != len(want) || len(p.Models) != 25 || !strings.EqualFold(strings.Join(p.Exclude, ","), "*") {
		t.Errorf("%d files, %d models, excluded %s", len(p.Files), len(p.Models), p.Exclude)
	}
	log := p.Installs[0].Services[0].EventLog.AddReg[0].Entries[0]
	if log.Values[0] != `%SystemRoot%\System32\IoLogMsg.dll;%SystemRoot%\System32\drivers\ftdibus.sys` {
		t.Errorf("%q", log.Values)
	}
	// The undecorated models are for x86.
	if p := f.Resolve(Target{Arch: X86, Major: 10}); len(p.Models) != 25 || p.Files[0].Path != "i386/ftdibus.sys" {
		t.Errorf("x86: %d models, %+v", len(p.Models), p.Files)
	}
	if p := f.Resolve(Target{Arch: ARM64, Major: 10}); len(p.Models) != 0 {
		t.Errorf("arm64: %d models", len(p.Models))
	}
}

func TestRealPrimitive(t *testing.T) {
	p := parseReal(t, "inf-only/basil00_windivert32.inf").Resolve(Target{Arch: X86, Major: 10, Build: 19045})
	in := p.DefaultInstall
	if in == nil || len(in.Services) != 1 || len(p.Problems) != 0 {
		t.Fatalf("%+v, %v", in, p.Problems)
	}
	s := in.Services[0]
	if s.Name != "WinDivert" || s.Start != StartBoot || s.Binary.String() != `%12%\WinDivert32.sys` || p.Catalog != "WinDivert32.Cat" || in.CopyFiles[0].Files[0].Flags != 0x40 {
		t.Errorf("service %+v, catalogue %s", s, p.Catalog)
	}

	// A minifilter, whose binary stays in the driver store from build 25952 on.
	f := parseReal(t, "windows-driver-samples/filesys/miniFilter/minispy/minispy.inf")
	in = f.Resolve(Target{Arch: AMD64, Major: 10, Build: 26100}).DefaultInstall
	if s := in.Services[0]; !s.Binary.InStore() || s.Type != 2 || s.LoadOrderGroup != "FSFilter Activity Monitor" || s.Dependencies[0] != "FltMgr" {
		t.Errorf("service %+v", s)
	}
	var altitudes []string
	for _, e := range in.Services[0].Part.AddReg[0].Entries {
		if e.Name == "Altitude" {
			altitudes = append(altitudes, e.Subkey+" "+e.Values[0])
		}
	}
	if len(altitudes) != 3 || altitudes[0] != `Parameters\Instances\Minispy - Middle Instance 370000` {
		t.Errorf("altitudes %q", altitudes)
	}
	in = f.Resolve(Target{Arch: AMD64, Major: 10, Build: 22631}).DefaultInstall
	if s := in.Services[0]; s.Binary.String() != `%12%\minispy.sys` || in.Section != "DefaultInstall.NT$ARCH$" {
		t.Errorf("%s: service %+v", in.Section, s)
	}
}

func TestRealVirtio(t *testing.T) {
	p := parseReal(t, "virtio-win-inx/viostor/viostor.inx").Resolve(win11)
	wantProblem(t, p.Problems, Template, "line 49")
	wantProblem(t, p.Problems, BadValue, `line 42: destination "INX_PLATFORM_DRIVERS_DIR"`)
	wantProblem(t, p.Problems, UndefinedString, "line 76: string %INX_PLATFORM_DRIVERS_DIR%")
	m, s := p.Models[0], p.Installs[0].Services[0]
	if m.HardwareID != `PCI\VEN_1AF4&DEV_1001&SUBSYS_0002_INX_SUBSYS_VENDOR_ID&REV_00` || m.CompatibleIDs[0] != `PCI\VEN_1AF4&DEV_1001` {
		t.Errorf("model %+v", m)
	}
	if s.Start != StartBoot || s.LoadOrderGroup != "SCSI miniport" || len(s.Part.AddReg[0].Entries) != 3 || p.Files[0].Copies[0].Flags != 2 {
		t.Errorf("service %+v", s)
	}
}

func TestRealExtension(t *testing.T) {
	f := parseReal(t, "windows-driver-samples/audio/sysvad/TabletAudioSample/ComponentizedAudioSampleExtension.inx")
	if f.Version.ExtensionID != "{1d641578-54d2-404d-85de-79bb01461ac2}" || !strings.EqualFold(f.Version.ClassGUID, ExtensionClass) {
		t.Errorf("%+v", f.Version)
	}
	in := f.Resolve(win11).Installs[0]
	if len(in.Components) != 2 || in.Components[0].Name != "SwapApo" || in.Components[0].IDs[0] != "VEN_SMPL&CID_APO" || len(in.Interfaces) != 6 {
		t.Errorf("%+v %+v", in.Components, in.Interfaces)
	}
	if e := in.Parts["HW"].AddReg[0].Entries[0]; e.Values[0] != "SYSVAD (with APO Extensions)" {
		t.Errorf("%+v", e)
	}
	if p := f.Resolve(Target{Arch: AMD64, Major: 10, Build: 22000}); len(p.Models) != 0 {
		t.Error("models for build 22000")
	}
}

func TestRealUTF16(t *testing.T) {
	f := parseReal(t, "arduino/build/windows/dist/drivers/arduino_gemma.inf")
	p := f.Resolve(win11)
	if f.Encoding != UTF16LE || f.Version.Class != "libusb-win32 devices" || p.Models[0].HardwareID != `USB\VID_2341&PID_0C9F` {
		t.Errorf("%s %+v", f.Encoding, p.Models)
	}
	if got := places(&p.Files[2]); got != `x86/libusb0_x86.dll: %10%\syswow64\libusb0.dll` {
		t.Errorf("file %s", got)
	}
	f = parseReal(t, "inf-only/fufesou_RustDeskIddDriver.inf")
	w := f.Resolve(win11).Installs[0].Wdf[0]
	if !w.User || w.LibraryVersion != "$UMDFVERSION$" || w.Binary.String() != `%12%\UMDF\RustDeskIddDriver.dll` {
		t.Errorf("%+v", w)
	}
}

// TestRealPackages looks for every file of packages in their folders. The
// co-installers of the CP210x packages and the INF-only ones' files are not part
// of the collection.
func TestRealPackages(t *testing.T) {
	const arduino, adafruit = "arduino/build/windows/dist/drivers/", "adafruit/Drivers/"
	tests := []struct {
		inf     string
		files   int // found, with the catalogue
		missing string
	}{
		{arduino + "FTDI USB Drivers/ftdibus.inf", 6, ""},
		{arduino + "FTDI USB Drivers/ftdiport.inf", 4, ""},
		{adafruit + "FTDI_VCP_BUS/ftdibus.inf", 6, ""},
		{adafruit + "FTDI_VCP_PORT/ftdiport.inf", 4, ""},
		{adafruit + "Adafruit_usbser/Adafruit_usbser.inf", 1, ""},
		{arduino + "arduino_gemma.inf", 4, ""},
		{arduino + "CP210x_6.7.4/slabvcp.inf", 2, "file x64/WdfCoinstaller01009.dll is not in the package"},
		{arduino + "CP210x_6.7/slabvcp.inf", 3, "file x64/WdfCoinstaller01009.dll is not in the package"},
		{"inf-only/basil00_windivert32.inf", 0, "file WinDivert32.sys is not in the package"},
	}
	for _, test := range tests {
		folder := filepath.Dir(testenv.Shared(t, "drivers/"+test.inf))
		p := parseReal(t, test.inf).Resolve(win11)
		found, missing, err := p.Locate(os.DirFS(folder))
		if err != nil || len(found) != test.files {
			t.Errorf("%s: found %v, %v", test.inf, found, err)
		}
		if test.missing != "" {
			wantProblem(t, missing, MissingFile, test.missing)
		} else if len(missing) > 0 {
			t.Errorf("%s: missing %v", test.inf, missing)
		}
		for _, name := range found {
			if info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name))); err != nil || info.IsDir() {
				t.Errorf("%s: %s is not a file: %v", test.inf, name, err)
			}
		}
	}
}
