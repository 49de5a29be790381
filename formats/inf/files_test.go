package inf

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// places is a file as path: destinations.
func places(f *PackageFile) string {
	var dests []string
	for _, c := range f.Copies {
		dests = append(dests, c.Dest.String())
	}
	return f.Path + ": " + strings.Join(dests, " ")
}

func TestFiles(t *testing.T) {
	p := mustParse(t, full).Resolve(win11)
	want := []string{
		`root64/x64/svc.sys: %12%\svc.sys`, // both sections of the architecture
		`root64/shared/source.dll: %12%\renamed.dll`,
		`filter.exe: %12%\filter.exe`,
		`Single.dll: %11%\Single.dll`,
		`sub/dir/extra.sys: %13%\sub\dir\extra.sys`,
		`co.dll: %11%\co.dll`,
		`intf.dat: %11%\intf.dat`,
		`class.dll: %11%\class.dll`,
	}
	for i := range p.Files {
		if got := places(&p.Files[i]); i >= len(want) || got != want[i] {
			t.Errorf("file %d is %s", i, got)
		}
	}
	if len(p.Files) != len(want) {
		t.Errorf("%d files, want %d", len(p.Files), len(want))
	}
	if f := p.Files[1]; f.Size != 1234 || f.Cabinet != "root64/data.cab" {
		t.Errorf("%+v", f)
	}
	if p.Catalog != "a.cat" {
		t.Errorf("catalogue %s", p.Catalog)
	}
	wantProblem(t, p.Problems, MissingSource, "file Single.dll is not in [SourceDisksFiles]")
	wantProblem(t, p.Problems, MissingSource, `file co.dll: disk "3" is not in [SourceDisksNames]`)
}

func TestTemplateFiles(t *testing.T) {
	p := mustParse(t, install("[I]\nCopyFiles=@a.sys\n[SourceDisksFiles]\na.sys=1,any\n[SourceDisksFiles.$ARCH$]\na.sys=1,own\n"+
		"[SourceDisksNames.$Arch$]\n1=d,,,disk\n")).Resolve(win11)
	if p.Files[0].Path != "disk/own/a.sys" {
		t.Errorf("path %s", p.Files[0].Path)
	}
}

// install wraps sections for one model whose section of installation is [I].
func install(sections string) string {
	return goodVersion + "[Manufacturer]\nA=M,NTamd64\n[M.NTamd64]\nd=I,x\n" + sections
}

func TestFileProblems(t *testing.T) {
	const disk = "[SourceDisksNames]\n1=d\n"
	tests := []struct {
		sections, want string
		code           Code
	}{
		{"[I]\nCopyFiles=None\n", "CopyFiles: there is no section [None]", MissingSection},
		{"[I]\nAddReg=None\n", "AddReg: there is no section [None]", MissingSection},
		{"[I]\nCopyFiles=C\n[C]\na.sys\n", "[DestinationDirs], which is missing, says neither where [C] goes", MissingValue},
		{"[I]\nCopyFiles=@a.sys\n[DestinationDirs]\nC=12\n", "[DestinationDirs] says neither where a file copied with @ goes", MissingValue},
		{"[I]\nCopyFiles=C\n[C]\na.sys\n[DestinationDirs]\nC=%12%\n", `destination "%12%" of C is not a directory identifier`, BadValue},
		{"[I]\nCopyFiles=C\n[C]\na.sys\n[DestinationDirs]\nC=99\n", "no directory identifier 99", BadValue},
		{"[I]\nCopyFiles=C\n[C]\n,b.sys\n[DestinationDirs]\nC=12\n", "a file is written as", Syntax},
		{"[I]\nCopyFiles=C\n[C]\na.sys,,,x\n[DestinationDirs]\nC=12\n", `CopyFiles flags: "x" is not a number`, BadValue},
		{"[I]\nCopyFiles=@a.sys\n[SourceDisksFiles]\na.sys=1,..\\up\n" + disk, `path "../up/a.sys" does not lead into the package`, BadValue},
		{"[I]\nCopyFiles=@a.sys\n[SourceDisksFiles]\na.sys=1,c:\\x\n" + disk, `path "c:/x/a.sys" does not lead`, BadValue},
		{"[I]\nCopyFiles=@a.sys\n[SourceDisksFiles]\na.sys=1,,big\n" + disk, `"big" is not a size`, BadValue},
		{"[I]\nFeatureScore=100\n", `FeatureScore "100" is not`, BadValue},
		{"[I]\nCopyFiles=@a.sys\n[Version]\nLayoutFile=layout.inf\n", "file a.sys is not in [SourceDisksFiles], so layout.inf of Windows has it", External},
	}
	for _, test := range tests {
		p := mustParse(t, install(test.sections)).Resolve(win11)
		wantProblem(t, p.Problems, test.code, test.want)
	}
	p := mustParse(t, install("[I]\nCopyFiles=@a.sys,@a.sys\n[Version]\nLayoutFile=layout.inf\n")).Resolve(win11)
	if len(p.Files) != 0 {
		t.Errorf("files of Windows are the package's: %+v", p.Files)
	}
	p = mustParse(t, install("[I]\nCopyINF=b.inf,B.INF\n")).Resolve(win11)
	if len(p.Files) != 1 || p.Files[0].Path != "b.inf" {
		t.Errorf("CopyINF: %+v", p.Files)
	}
}

func TestDests(t *testing.T) {
	tests := []struct {
		dest      Dest
		arch      Arch
		path, inf string
	}{
		{Dest{true, 12, "", "a.sys"}, AMD64, `Windows\System32\drivers\a.sys`, `%12%\a.sys`},
		{Dest{true, 10, `syswow64\`, "a.dll"}, AMD64, `Windows\syswow64\a.dll`, `%10%\syswow64\a.dll`},
		{Dest{true, 24, `/x/y`, "a"}, AMD64, `x\y\a`, `%24%\x\y\a`},
		{Dest{true, 16422, "Co", "a"}, ARM64, `Program Files\Co\a`, `%16422%\Co\a`},
		{Dest{true, 16426, "Co", "a"}, AMD64, `Program Files (x86)\Co\a`, `%16426%\Co\a`},
		{Dest{true, 16426, "Co", "a"}, X86, `Program Files\Co\a`, `%16426%\Co\a`},
		{Dest{true, 16425, "", "a"}, AMD64, `Windows\SysWOW64\a`, `%16425%\a`},
		{Dest{true, 16425, "", "a"}, ARM, `Windows\System32\a`, `%16425%\a`},
		{Dest{true, 13, "", "a"}, AMD64, ``, `%13%\a`},
		{Dest{true, 1, "", "a"}, AMD64, ``, `%1%\a`},
		{Dest{true, 11, `..\..\x`, "a"}, AMD64, ``, `%11%\..\..\x\a`},
		{Dest{Name: "a"}, AMD64, ``, `%?%\a`},
	}
	for _, test := range tests {
		path, ok := test.dest.Path(test.arch)
		if path != test.path || ok != (test.path != "") || test.dest.String() != test.inf {
			t.Errorf("%s: path %q, %v", test.dest, path, ok)
		}
	}
	if !(Dest{true, DiridStore, "", "a"}).InStore() || (Dest{}).InStore() {
		t.Error("driver store is not known")
	}
	parsed := map[string]Dest{
		`%12%\a.sys`:        {true, 12, "", "a.sys"},
		`%12%\UMDF\a.dll`:   {true, 12, "UMDF", "a.dll"},
		`%65535%\c:\a.exe`:  {true, -1, "c:", "a.exe"},
		`%SystemRoot%\a.sy`: {true, -1, "%SystemRoot%", "a.sy"},
		`a.sys`:             {true, -1, "", "a.sys"},
		`%12`:               {true, -1, "", "%12"},
		``:                  {true, -1, "", ""},
	}
	for text, want := range parsed {
		if got := ParseDest(text); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestLocate(t *testing.T) {
	p := mustParse(t, install(`[I]
CopyFiles=C
[C]
there.sys
Gone.sys
packed.sys
cab.sys
deep.sys
[DestinationDirs]
C=12
[SourceDisksNames]
1=d
2=d,data.cab
[SourceDisksFiles]
there.sys=1,X64
gone.sys=1
packed.sys=1
cab.sys=2
deep.sys=1,file.txt
`)).Resolve(win11)
	folder := fstest.MapFS{"x64/There.SYS": {}, "packed.sy_": {}, "data.cab": {}, "file.txt": {}}
	found, missing, err := p.Locate(folder)
	if err != nil || fmt.Sprint(found) != "map[X64/there.sys:x64/There.SYS]" {
		t.Errorf("found %v, %v", found, err)
	}
	for _, want := range []string{
		"file Gone.sys is not in the package", "only packed.sy_, which is compressed", "cabinet data.cab may hold it",
		"file file.txt/deep.sys", "file a.cat is not in the package: it is the catalogue",
	} {
		wantProblem(t, missing, MissingFile, want)
	}
	if len(missing) != 5 {
		t.Errorf("missing %v", missing)
	}
	if _, _, err := p.Locate(broken{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
}

// broken is a folder that can't be read.
type broken struct{}

func (broken) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}
