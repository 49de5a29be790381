package dismemu_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/internal/sample"
)

// pkg is a package to be made.
type pkg struct {
	identity, release string
	restart           string
	permanent         bool
	inside            string // elements within package
}

func (p pkg) manifest() string {
	part := strings.Split(p.identity, "~")
	language, permanence := part[3], ""
	if language == "" {
		language = "neutral"
	}
	if p.permanent {
		permanence = ` permanence="permanent"`
	}
	if p.restart == "" {
		p.restart = "possible"
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">
  <assemblyIdentity name="%s" version="%s" processorArchitecture="%s" language="%s" buildType="release" publicKeyToken="%s" />
  <package identifier="%s" releaseType="%s" restart="%s"%s>%s</package>
</assembly>
`, part[0], part[4], part[2], language, part[1], part[0], p.release, p.restart, permanence, p.inside)
}

// cabinet writes a package as a file and returns its name.
func (b *bench) cabinet(name string, p pkg) string {
	b.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(b.TempDir(), name)
	}
	if err := os.WriteFile(name, cabtest.Stored(map[string]string{"update.mum": p.manifest(), "update.cat": "x"}), 0o666); err != nil {
		b.Fatal(err)
	}
	return name
}

// update writes a .msu file with packages.
func (b *bench) msu(name string, list ...pkg) string {
	b.Helper()
	files := map[string]string{"WSUSSCAN.cab": string(cabtest.Stored(map[string]string{"index.xml": "x"}))}
	for i, p := range list {
		files[fmt.Sprintf("package%d.cab", i)] = string(cabtest.Stored(map[string]string{"update.mum": p.manifest()}))
	}
	if err := os.WriteFile(name, cabtest.Stored(files), 0o666); err != nil {
		b.Fatal(err)
	}
	return name
}

const token = "~31bf3856ad364e35~amd64~"

func TestUpdates(t *testing.T) {
	b := newBench(t)
	b.mount()
	img, dir := "/Image:"+b.dir, t.TempDir()
	state := func(want, identity string) {
		t.Helper()
		b.wantState(want, "/Get-Packages", "Package Identity", identity)
	}
	lcu := func(version string) pkg {
		return pkg{identity: "Package_for_RollupFix" + token + "~" + version, release: "Security Update"}
	}
	checkpoint := b.msu(filepath.Join(dir, "kb1.msu"), lcu("26100.2500.1.1"))
	target := b.msu(filepath.Join(dir, "kb2.msu"), lcu("26100.4061.1.10"))
	b.dism(0x80070228, img, "/Add-Package", "/PackagePath:"+dir)
	b.dism(0x80070228, img, "/Add-Package", "/PackagePath:"+checkpoint, "/PackagePath:"+target)
	b.dism(0, img, "/Add-Package", "/PackagePath:"+target)
	state("Installed", lcu("26100.4061.1.10").identity)
	state("Superseded", lcu("26100.2096.1.9").identity)
	if got := b.dism(0, img, "/Get-CurrentEdition").Image; got != "10.0.26100.4061" {
		t.Errorf("after the update it is %s", got)
	}
	b.dism(0x800f081e, img, "/Add-Package", "/PackagePath:"+checkpoint)
	b.dism(0x800f081e, img, "/Add-Package", "/PackagePath:"+b.cabinet("a.cab", lcu("22631.4061.1.10")))
	b.dism(0x800f081b, img, "/Add-Package", "/PackagePath:"+b.cabinet("b.cab", pkg{identity: "X~31bf3856ad364e35~arm64~~1.0.0.0", release: "Update"}))

	permanent := pkg{identity: "Package_for_ServicingStack_1" + token + "~26100.1.1.1", release: "Update", permanent: true}
	b.dism(0, img, "/Add-Package", "/PackagePath:"+b.cabinet("c.cab", permanent))
	b.dism(0x800f0825, img, "/Remove-Package", "/PackageName:"+permanent.identity)

	late := pkg{identity: "Package_for_KB9" + token + "~26100.1.1.1", release: "Update", restart: "required"}
	file := b.cabinet("d.cab", late)
	b.dism(0, img, "/Cleanup-Image", "/StartComponentCleanup", "/ResetBase")
	state("not listed", lcu("26100.2096.1.9").identity)
	b.dism(0x800f0825, img, "/Remove-Package", "/PackageName:"+lcu("26100.4061.1.10").identity)
	b.dism(3010, img, "/Add-Package", "/PackagePath:"+file)
	state("Install Pending", late.identity)
	b.dism(0x800f0806, img, "/Cleanup-Image", "/StartComponentCleanup")

	// One that fails leaves those before it.
	good := pkg{identity: "Package_for_KB10" + token + "~26100.1.1.1", release: "Update"}
	b.dism(0x800f081e, img, "/Add-Package", "/PackagePath:"+b.cabinet("e.cab", good), "/PackagePath:"+checkpoint)
	state("Installed", good.identity)
	b.dism(0, img, "/Remove-Package", "/PackageName:"+good.identity)
	state("not listed", good.identity)

	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	if got := b.dism(0, "/Get-ImageInfo", "/ImageFile:"+b.image, "/Index:1").Get("ServicePack Build"); got != "4061" {
		t.Errorf("the file says %s", got)
	}
}

func TestLanguagePack(t *testing.T) {
	b := newBench(t)
	b.mount()
	img, dir := "/Image:"+b.dir, t.TempDir()
	if err := sample.Factory(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	b.dism(87, img, "/Set-UILang:de-DE")
	b.dism(0, img, "/Add-Package", "/PackagePath:"+filepath.Join(dir, "payloads", "languages", "Microsoft-Windows-Client-Language-Pack_x64_de-de.cab"))
	b.dism(0, img, "/Set-UILang:de-DE")
	if got := b.dism(0, img, "/Get-Intl"); got.Get("Default system UI language") != "de-DE" {
		t.Errorf("%+v", got.Records)
	}
	b.dism(0, img, "/Add-Capability", "/CapabilityName:Language.Basic~~~de-DE~0.0.1.0", "/Source:"+filepath.Join(dir, "payloads", "languages"))
	b.wantState("Installed", "/Get-Capabilities", "Capability Identity", "Language.Basic~~~de-DE~0.0.1.0")
}

// TestPackagesAtOnce goes on with the next package where one fails, and ends with one
// error: of packages that the image does not take, it says no more than that there are.
func TestPackagesAtOnce(t *testing.T) {
	b := newBench(t)
	b.mount()
	img, dir := "/Image:"+b.dir, t.TempDir()
	kb := func(n int, arch, version string) pkg {
		return pkg{identity: fmt.Sprintf("Package_for_KB%d~31bf3856ad364e35~%s~~%s", n, arch, version), release: "Update"}
	}
	good, last := kb(1, "amd64", "26100.1.1.1"), kb(5, "amd64", "26100.1.1.1")
	damaged := filepath.Join(dir, "damaged.cab")
	if err := os.WriteFile(damaged, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	other := pkg{identity: "Package_for_RollupFix" + token + "~22631.1.1.1", release: "Update"}
	got := b.dism(0x800f081e, img, "/Add-Package", "/PackagePath:"+b.cabinet("1.cab", good), "/PackagePath:"+b.cabinet("2.cab", other),
		"/PackagePath:"+damaged, "/PackagePath:"+b.cabinet("4.cab", kb(4, "arm64", "26100.1.1.1")), "/PackagePath:"+b.cabinet("5.cab", last))
	var codes []uint32
	for _, it := range got.Items {
		codes = append(codes, it.Code)
	}
	if fmt.Sprintf("%x", codes) != "[0 0 800f0805 800f081b 0]" {
		t.Errorf("%x: %+v", codes, got.Items)
	}
	b.wantState("Installed", "/Get-Packages", "Package Identity", good.identity)
	b.wantState("Installed", "/Get-Packages", "Package Identity", last.identity)
}

// TestStackOfThisRun: what needs the servicing stack that comes with it in one run is
// taken in the next.
func TestStackOfThisRun(t *testing.T) {
	b := newBench(t)
	b.mount()
	dir := t.TempDir()
	stack := b.msu(filepath.Join(dir, "kb1.msu"), pkg{identity: "Package_for_ServicingStack_1" + token + "~26100.4000.1.1", release: "Update"})
	update := b.msu(filepath.Join(dir, "kb2.msu"), pkg{identity: "Package_for_RollupFix" + token + "~26100.4061.1.10", release: "Security Update"})
	args := []string{"/Image:" + b.dir, "/Add-Package", "/PackagePath:" + stack, "/PackagePath:" + update}
	if got := b.dism(0x800f0823, args...); got.Items[0].Code != 0 || got.Items[1].Code != 0x800f0823 {
		t.Errorf("%+v", got.Items)
	}
	b.dism(0, args[0], args[1], args[3])
}
