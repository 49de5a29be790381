package inf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// full is an INF that has one of everything an installation may have.
const full = goodVersion + `
Dev="A device"
[Manufacturer]
%P%=Models,NTamd64
[Models.NTamd64]
%Dev%=Inst,PCI\Ven_1&dev_2,PCI\CC_0200, ,PCI\CC_02
Other=Inst,USB\X
Third=Gone,USB\Y
[Inst.NT]
CopyFiles=Copy,@Single.dll
AddReg=Reg
DelReg=Del
Include=machine.inf,other.inf
Needs=Machine.Install,Local
DriverVer=02/03/2024,5.6
FeatureScore=F8
ExcludeID=USB\A,USB\B
Characteristics=0x84
Reboot
[Local]
CopyFiles=Extra
Needs=Nested
[Inst.NT.Services]
AddService=,2
AddService=svc,0x802,Svc,Log,Application,Source
AddService=filter,,Filter
AddService=lost,,NoSuch
DelService=old
Needs=Machine.Services
[Svc]
DisplayName=%Dev%
Description="it drives"
ServiceType=1
StartType=0x0
ErrorControl=1
ServiceBinary=%12%\svc.sys
LoadOrderGroup="Boot Bus Extender"
Dependencies=a,+Group
AddReg=SvcReg
Security="D:P(A;;GA;;;SY)"
RequiredPrivileges=SeX,SeY
StartName=\Driver\svc
Unknown=1
[Filter]
ServiceType=0x20
ServiceBinary=%13%\filter.exe
[Log]
AddReg=Reg
[Inst.NT.HW]
AddReg=HwReg
[Inst.NT.CoInstallers]
CopyFiles=Co
[Inst.NT.Interfaces]
AddInterface={guid},ref,Intf,1
[Intf]
AddReg=Reg
CopyFiles=IntfCopy
[Inst.NT.Wdf]
KmdfService=svc,Kmdf
UmdfService=user,Umdf
UmdfServiceOrder=user
[Kmdf]
KmdfLibraryVersion=1.15
[Umdf]
UmdfLibraryVersion=2.0
ServiceBinary=%13%\user.dll
[Inst.NT.Components]
AddComponent=comp,,Comp
[Comp]
ComponentIDs=VID1,VID2
Description=%Dev%
[Inst.NT.Software]
AddSoftware=soft,,Soft
[Soft]
SoftwareType=1
SoftwareBinary=%13%\soft.exe
SoftwareVersion=1.0.0.0
SoftwareArguments=-x
[Inst.NT.Events]
AddEventProvider={e},Ev
[Reg]
HKR,,Name,,"text"
HKXX,,Name
[SvcReg]
HKR,Parameters,Flags,0x10001,1
[HwReg]
HKR,,UpperFilters,0x10000,filter
[Del]
HKR,,Old
[Copy]
svc.sys,,,2
renamed.dll,source.dll
filter.exe
[Extra]
extra.sys
[Co]
co.dll
[IntfCopy]
intf.dat
[Copy.security]
"D:P(A;;GA;;;BA)"
[ClassInstall32]
AddReg=Reg
[InterfaceInstall32]
{class}=ClassIntf,2
{lost}=NoIntf
[ClassIntf]
CopyFiles=@class.dll
[DestinationDirs]
DefaultDestDir=11
Copy=12
Extra=13,sub\dir
[SourceDisksNames]
1=disk,,,\root
[SourceDisksNames.amd64]
1=disk,data.cab,,\root64
2=disk
[SourceDisksFiles]
svc.sys=1,x86
source.dll=01,\shared,1234
filter.exe=2
extra.sys=2,sub\dir
co.dll=3
[SourceDisksFiles.amd64]
svc.sys=1,x64
[ControlFlags]
ExcludeFromSelect=*
ExcludeFromSelect.NTx86=USB\X
ExcludeFromSelect.NTamd64=USB\Y
`

func TestModels(t *testing.T) {
	f := mustParse(t, full)
	p := f.Resolve(win11)
	if len(p.Models) != 3 {
		t.Fatalf("%d models", len(p.Models))
	}
	m := &p.Models[0]
	if m.Description != "A device" || m.RawDescription != "%Dev%" || m.Manufacturer != "Contoso" || m.RawManufacturer != "%P%" ||
		m.Section != "Inst" || m.HardwareID != `PCI\Ven_1&dev_2` || !slices.Equal(m.CompatibleIDs, []string{`PCI\CC_0200`, `PCI\CC_02`}) {
		t.Errorf("%+v", m)
	}
	if len(p.Installs) != 1 || p.Install(m) != p.Installs[0] || p.Install(&p.Models[1]) != p.Installs[0] || p.Install(&p.Models[2]) != nil {
		t.Errorf("installs %v", p.Installs)
	}
	wantProblem(t, p.Problems, MissingSection, `there is no section [Gone] for model "Third"`)
	if !slices.Equal(p.Exclude, []string{"*", `USB\Y`}) {
		t.Errorf("excluded %q", p.Exclude)
	}
}

func TestInstall(t *testing.T) {
	p := mustParse(t, full).Resolve(win11)
	in := p.Installs[0]
	if in.Name != "Inst" || in.Section != "Inst.NT" || in.DriverVer.String() != "02/03/2024,5.6.0.0" || *in.FeatureScore != 0xf8 {
		t.Errorf("%+v", in)
	}
	var lists []string
	for _, l := range in.CopyFiles {
		lists = append(lists, l.Name)
	}
	if got := strings.Join(lists, " "); got != "Copy @Single.dll Extra" {
		t.Errorf("CopyFiles %s", got)
	}
	if got := in.CopyFiles[0]; got.Security != "D:P(A;;GA;;;BA)" || got.Files[0].Flags != 2 || got.Files[1].Source != "source.dll" || got.Files[1].Dest.Name != "renamed.dll" {
		t.Errorf("%+v", got)
	}
	var others []string
	for _, l := range in.Other {
		others = append(others, l.Key+l.Value(0))
	}
	if got := strings.Join(others, " "); !strings.Contains(got, "Characteristics0x84") || !strings.Contains(got, "Reboot") {
		t.Errorf("other directives %s", got)
	}
	if len(in.AddReg) != 1 || in.AddReg[0].Entries[0].Name != "Name" || in.DelReg[0].Entries[0].Name != "Old" {
		t.Errorf("registry %v %v", in.AddReg, in.DelReg)
	}
	if hw := in.Parts["HW"]; len(hw.AddReg) != 1 || hw.AddReg[0].Entries[0].Values[0] != "filter" {
		t.Errorf("HW %+v", hw)
	}
	if !slices.Equal(in.ExcludeIDs, []string{`USB\A`, `USB\B`}) || !slices.Equal(in.DelServices, []string{"old"}) {
		t.Errorf("%q %q", in.ExcludeIDs, in.DelServices)
	}
	if i := in.Interfaces[0]; i.Class != "{guid}" || i.Reference != "ref" || i.Flags != 1 || i.Part.AddReg[0].Name != "Reg" {
		t.Errorf("%+v", i)
	}
	if w := in.Wdf; len(w) != 2 || w[0].LibraryVersion != "1.15" || w[0].User || !w[1].User || w[1].Binary.String() != `%13%\user.dll` {
		t.Errorf("%+v", w)
	}
	if c := in.Components[0]; c.Name != "comp" || !slices.Equal(c.IDs, []string{"VID1", "VID2"}) || c.Description != "A device" {
		t.Errorf("%+v", c)
	}
	if s := in.Software[0]; s.Name != "soft" || s.Type != 1 || s.Binary.String() != `%13%\soft.exe` || s.Version != "1.0.0.0" {
		t.Errorf("%+v", s)
	}
	if events := in.Parts["Events"]; events.Line == 0 || events.Other[0].Key != "AddEventProvider" {
		t.Errorf("%+v", events)
	}
	if i := p.InterfaceInstalls; len(i) != 2 || i[0].Class != "{class}" || i[0].Flags != 2 || i[0].Part.Section != "ClassIntf" {
		t.Errorf("%+v", i)
	}
	wantProblem(t, p.Problems, MissingSection, "{lost}: there is no section [NoIntf]")
	if p.ClassInstall == nil || p.ClassInstall.AddReg[0].Name != "Reg" || p.DefaultInstall != nil {
		t.Errorf("%+v %+v", p.ClassInstall, p.DefaultInstall)
	}
}

func TestServices(t *testing.T) {
	p := mustParse(t, full).Resolve(win11)
	services := p.Installs[0].Services
	if len(services) != 4 || services[0].Name != "" || services[0].Flags != ServiceAssociated {
		t.Fatalf("%+v", services)
	}
	s := services[1]
	got := fmt.Sprintf("%s %#x|%s|%s|%d %d %d|%s|%s|%s|%s|%s|%s", s.Name, s.Flags, s.DisplayName, s.Description, s.Type, s.Start,
		s.ErrorControl, s.Binary, s.LoadOrderGroup, s.Dependencies, s.StartName, s.Security, s.RequiredPrivileges)
	want := `svc 0x802|A device|it drives|1 0 1|%12%\svc.sys|Boot Bus Extender|[a +Group]|\Driver\svc|D:P(A;;GA;;;SY)|[SeX SeY]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if s.Part.AddReg[0].Entries[0].Subkey != "Parameters" || s.Part.value("Unknown") != "1" {
		t.Errorf("%+v", s.Part)
	}
	if s.EventLogType != "Application" || s.EventLogSource != "Source" || s.EventLog.AddReg[0].Name != "Reg" {
		t.Errorf("event log %s %s %+v", s.EventLogType, s.EventLogSource, s.EventLog)
	}
	if path, ok := s.Binary.Path(AMD64); !ok || path != `Windows\System32\drivers\svc.sys` {
		t.Errorf("binary %s", path)
	}
	wantProblem(t, p.Problems, MissingValue, "section [Filter] of service filter has no StartType")
	wantProblem(t, p.Problems, MissingValue, "section [Filter] of service filter has no ErrorControl")
	wantProblem(t, p.Problems, MissingSection, "AddService lost: there is no section [NoSuch]")
	wantProblem(t, p.Problems, BadValue, `registry root "HKXX"`)
	wantProblem(t, p.Problems, External, `service filter runs %13%\filter.exe, which is not one`)
}

func TestNeeds(t *testing.T) {
	p := mustParse(t, full).Resolve(win11)
	var needs []string
	for _, n := range p.Needs {
		needs = append(needs, fmt.Sprintf("%s of %s", n.Section, strings.Join(n.INFs, "+")))
	}
	want := []string{"Machine.Install of machine.inf+other.inf", "Machine.Services of machine.inf+other.inf"}
	if !slices.Equal(needs, want) {
		t.Errorf("needs %q", needs)
	}
	wantProblem(t, p.Problems, BadValue, "Needs is not carried out here")

	loop := "[Manufacturer]\nA=M,NTamd64\n[M.NTamd64]\nd=I,x\n[I]\nNeeds=I,A,A,None\n[A]\nNeeds=I\n"
	p = mustParse(t, loop).Resolve(win11)
	wantProblem(t, p.Problems, BadValue, "section [I] is taken in already")
	wantProblem(t, p.Problems, BadValue, "section [A] is taken in already")
	wantProblem(t, p.Problems, MissingSection, "Needs: there is no section [None], nor an Include")
}

func TestDefaultInstall(t *testing.T) {
	const text = "[DefaultInstall]\nCopyFiles=C\n[DefaultInstall.NTamd64.10.0...22000]\nCopyFiles=D\n" +
		"[DefaultInstall.NTamd64.10.0...22000.Services]\nAddService=s,,S\n[S]\nServiceType=2\n[C]\nc.sys\n[D]\nd.sys\n"
	p := mustParse(t, text).Resolve(win11)
	if in := p.DefaultInstall; in == nil || in.Section != "DefaultInstall.NTamd64.10.0...22000" || in.Services[0].Type != 2 || p.Files[0].Name != "d.sys" {
		t.Errorf("%+v", in)
	}
	p = mustParse(t, text).Resolve(Target{Arch: AMD64, Major: 6, Minor: 1})
	if in := p.DefaultInstall; in == nil || in.Section != "DefaultInstall" || len(in.Services) != 0 {
		t.Errorf("%+v", in)
	}
	p = mustParse(t, "[Manufacturer]\nA=M,NTx86\n[M.NTx86]\nd=I,x\n"+text).Resolve(win11)
	if p.DefaultInstall != nil {
		t.Error("a driver of devices is installed by DefaultInstall")
	}
	wantProblem(t, p.Problems, BadValue, "[DefaultInstall.NTamd64.10.0...22000] is not carried out")
	wantProblem(t, p.Problems, Unsupported, "nothing is installed on amd64 10.0.22631: the package is for NTx86")
}

func TestModelProblems(t *testing.T) {
	tests := []struct {
		text, want string
		code       Code
	}{
		{"[Manufacturer]\nA=M\n", "line 2: there is no section [M] of models", MissingSection},
		{"[Manufacturer]\nA=M,NTamd64\n", "line 2: there is no section [M.NTamd64] of models", MissingSection},
		{"[Manufacturer]\nA=M,amd64\n", `line 2: target "amd64" does not start with NT`, BadValue},
		{"[Manufacturer]\nA=M,NTx86\n[M.NTx86]\n[M.NTamd64]\n", "line 4: section [M.NTamd64] is not listed", BadValue},
		{"[Manufacturer]\nA=M,NTx86,NTx86\n[M.NTx86]\n", "section [M.NTx86] of models is listed twice", BadValue},
		{"[Manufacturer]\nM\n[M]\nd=I\n", `line 4: model "d" has no hardware`, MissingValue},
		{"[Manufacturer]\nM\n[M]\nd\n", "line 4: a model is written as", Syntax},
	}
	for _, test := range tests {
		wantProblem(t, mustParse(t, test.text).Problems, test.code, test.want)
	}
	// A line without key is the name of both.
	if m := mustParse(t, "[Manufacturer]\nM\n[M]\nd=I,x\n").Manufacturers[0]; m.Name != "M" || len(m.Sections[0].Models) != 1 {
		t.Errorf("%+v", m)
	}
}
