package winpe

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func num(n int64) cty.Value { return cty.NumberIntVal(n) }

func strs(ss ...string) cty.Value {
	vs := make([]cty.Value, len(ss))
	for i, s := range ss {
		vs[i] = str(s)
	}
	return cty.TupleVal(vs)
}

func page(path string, size int64) cty.Value {
	return cty.ObjectVal(object{"path": str(path), "size": num(size)})
}

const registry = `
[HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"InstallationType"="WindowsPE"
"SystemRoot"="X:\\Windows"

[HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\WinPE]
"InstRoot"="X:\\"

[HKLM\SYSTEM\ControlSet001\Services\FBWF]
"WinPECacheThreshold"=dword:00000020
`

func img(t *testing.T, files map[string]string) map[string][]byte {
	all := regimage.Hives(t, registry)
	for name, text := range files {
		all[name] = []byte(text)
	}
	return all
}

// is checks the text of a file; "-" stands for none.
func is(name, want string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		got := "-"
		if data, err := fs.ReadFile(m, name); err == nil {
			got = string(data)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestSuite(t *testing.T) {
	usual := img(t, map[string]string{startnet: "wpeinit\r\n"})
	own := img(t, map[string]string{startnet: "@echo off\r\nwpeinit -unattend=x.xml\r\nwpeutil createpagefile /size=100\r\nx.cmd\r\n"})
	ini := img(t, map[string]string{shellIni: "[LaunchApps]\r\n%SYSTEMROOT%\\System32\\wpeinit.exe\r\nx.exe, /s\r\n"})
	cases := []providertest.Case{
		{Name: "scratch space", Image: usual, Set: object{"scratch_space": num(512)}, After: func(t *testing.T, m *providertest.Image) {
			got := testenv.Run(t, "reglookup", "-p", "/ControlSet001/Services/FBWF/WinPECacheThreshold", m.Save(t, "Windows/System32/config/SYSTEM"))
			if !strings.Contains(got, "0x00000200") {
				t.Errorf("reglookup reads %s", got)
			}
		}},
		{Name: "target path", Image: usual, Set: object{"target_path": str(`C:\winpe`)}, After: func(t *testing.T, m *providertest.Image) {
			v, err := m.Value(version, "SystemRoot")
			if got := hive.DecodeString(v.Data); got != `C:\winpe\Windows` || err != nil {
				t.Errorf("SystemRoot is %q, %v", got, err)
			}
		}},
		{Name: "commands", Image: usual, Set: object{"startnet": strs(`net use z: \\a\b`, "z:\\x.cmd")}, After: is(startnet, "wpeinit\r\nnet use z: \\\\a\\b\r\nz:\\x.cmd\r\n")},
		{Name: "commands in place of others", Image: own, Set: object{"startnet": strs("y.cmd")}, After: is(startnet, "wpeinit\r\nwpeutil CreatePageFile /path=C:\\pagefile.sys /size=100\r\ny.cmd\r\n")},
		{Name: "no commands", Image: own, Set: object{"startnet": cty.ListValEmpty(cty.String)}},
		{Name: "no file yet", Image: img(t, nil), Set: object{"startnet": strs("y.cmd")}, After: is(startnet, "wpeinit\r\ny.cmd\r\n")},
		{Name: "page file", Image: usual, Set: object{"page_file": page(`C:\pagefile.sys`, 1024)}, After: is(startnet, "wpeinit\r\nwpeutil CreatePageFile /path=C:\\pagefile.sys /size=1024\r\n")},
		{Name: "page file beside the commands of others", Image: own, Set: object{"page_file": page(`D:\p.sys`, 200)},
			After: is(startnet, "@echo off\r\nwpeinit -unattend=x.xml\r\nwpeutil CreatePageFile /path=D:\\p.sys /size=200\r\nx.cmd\r\n")},
		{Name: "page file without wpeinit", Image: img(t, map[string]string{startnet: "x.cmd"}), Set: object{"page_file": page(`D:\p.sys`, 200)},
			After: is(startnet, "wpeutil CreatePageFile /path=D:\\p.sys /size=200\r\nx.cmd\r\n")},
		{Name: "both", Image: usual, Set: object{"page_file": page(`D:\p.sys`, 200), "startnet": strs("x")}, After: is(startnet, "wpeinit\r\nwpeutil CreatePageFile /path=D:\\p.sys /size=200\r\nx\r\n")},
		{Name: "shell", Image: usual, Set: object{"shell": strs(`%SYSTEMDRIVE%\a.exe, /b`)}, After: is(shellIni, "[LaunchApps]\r\n%SYSTEMROOT%\\System32\\wpeinit.exe\r\n%SYSTEMDRIVE%\\a.exe, /b\r\n")},
		{Name: "another shell", Image: img(t, map[string]string{shellIni: "[LaunchApp]\r\nAppPath=x\r\n"}), Set: object{"shell": strs("a.exe")}},
		{Name: "same shell", Image: ini, Set: object{"shell": strs("x.exe, /s")}, Unchanged: true},
		{Name: "no shell", Image: ini, Set: object{"shell": cty.ListValEmpty(cty.String)}, After: is(shellIni, "-")},
		{Name: "no empty shell", Image: img(t, map[string]string{shellIni: iniText(nil)}), Set: object{"shell": cty.ListValEmpty(cty.String), "startnet": strs("y.cmd")}, After: is(shellIni, "-")},
		{Name: "same", Image: own, Set: object{"scratch_space": num(32), "target_path": str(`x:\`), "page_file": page(`C:\pagefile.sys`, 100)}, Unchanged: true},
	}
	for i := range cases {
		cases[i].Keep = true
	}
	providertest.Run(t, Provider(), cases)
}

func TestRefusals(t *testing.T) {
	usual := img(t, nil)
	refusals := []providertest.Refusal{
		{Name: "absent", Absent: true, Says: "always"},
		{Name: "nothing", Set: object{}, Says: "Set one"},
		{Name: "scratch space", Set: object{"scratch_space": num(100)}, Attr: "scratch_space", Says: "32, 64"},
		{Name: "drive", Set: object{"target_path": str(`A:\`)}, Attr: "target_path", Says: "C to Z"},
		{Name: "blank", Set: object{"target_path": str(`X:\a b`)}, Attr: "target_path", Says: "blanks"},
		{Name: "relative", Set: object{"target_path": str(`X:`)}, Attr: "target_path", Says: "absolute"},
		{Name: "long", Set: object{"target_path": str(`X:\` + strings.Repeat("a", 30))}, Attr: "target_path", Says: "32"},
		{Name: "page file in memory", Set: object{"page_file": page(`X:\pagefile.sys`, 100)}, Attr: "page_file", Says: "in memory"},
		{Name: "page file without path", Set: object{"page_file": page("pagefile.sys", 100)}, Attr: "page_file", Says: "absolute"},
		{Name: "page file without size", Set: object{"page_file": page(`C:\pagefile.sys`, 0)}, Attr: "page_file", Says: "0 MB"},
		{Name: "empty command", Set: object{"startnet": strs("a", " ")}, Attr: "startnet", Says: "Command 2 is empty"},
		{Name: "two lines", Set: object{"startnet": strs("a\r\nb")}, Attr: "startnet", Says: "several commands"},
		{Name: "wpeinit", Set: object{"startnet": strs("WPEInit")}, Attr: "startnet", Says: "leave it out"},
		{Name: "page file as a command", Set: object{"startnet": strs("wpeutil CreatePageFile /size=1")}, Attr: "startnet", Says: "page_file"},
		{Name: "umlaut", Set: object{"startnet": strs("echo ä")}, Attr: "startnet", Says: "ASCII"},
		{Name: "caret", Set: object{"startnet": strs("echo a^")}, Attr: "startnet", Says: "next line"},
		{Name: "long program", Set: object{"shell": strs(strings.Repeat("a", 251))}, Attr: "shell", Says: "250"},
		{Name: "section", Set: object{"shell": strs("[a]")}, Attr: "shell", Says: "INI"},
		{Name: "shell and commands", Set: object{"shell": strs("a"), "startnet": strs("b")}, Attr: "shell", Says: "does not run startnet.cmd"},
	}
	for i := range refusals {
		refusals[i].Image = usual
	}
	shelled := func(ini string) map[string][]byte { return img(t, map[string]string{shellIni: ini}) }
	refusals = append(refusals,
		providertest.Refusal{Name: "commands beside a shell", Image: shelled(iniText([]string{"x.exe"})), Set: object{"startnet": strs("b")}, Attr: "startnet", Says: "shell = []"},
		providertest.Refusal{Name: "commands beside an empty shell", Image: shelled(iniText(nil)), Set: object{"startnet": strs("b")}, Attr: "startnet", Says: "shell = []"},
		providertest.Refusal{Name: "page file beside a shell of another form", Image: shelled("[LaunchApp]\r\nAppPath=x\r\n"), Set: object{"page_file": page(`D:\p.sys`, 200)}, Attr: "page_file", Says: "shell = []"},
	)
	client := regimage.Hives(t, strings.Replace(registry, "WindowsPE", "Client", 1))
	refusals = append(refusals, providertest.Refusal{Name: "no Windows PE", Image: client, Set: object{"scratch_space": num(64)}, Says: "set up"})
	providertest.Refuse(t, Provider(), refusals)
}

func TestNoFilter(t *testing.T) {
	m := providertest.NewImage(t, regimage.Hives(t, strings.Split(registry, "[HKLM\\SYSTEM")[0]+"[HKLM\\SYSTEM\\ControlSet001\\Services\\x]\n"), false)
	p := Provider()
	err := checkWay(t, m, object{"scratch_space": num(64)})
	if err == nil || !strings.Contains(err.Error(), "FBWF") {
		t.Errorf("without a filter: %v", err)
	}
	if all, err := p.List(t.Context(), m); err != nil || len(all) != 1 {
		t.Errorf("listed %v, %v", all, err)
	}
	other := providertest.NewImage(t, nil, false)
	if all, err := p.List(t.Context(), other); err != nil || len(all) != 0 {
		t.Errorf("of another image: %v, %v", all, err)
	}
}

func FuzzScript(f *testing.F) {
	for _, s := range []string{"", "wpeinit\r\n", "@echo off\nwpeinit\nwpeutil CreatePageFile /size=x\nx", "x", "\r\n\r\nwpeinit"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if strings.ContainsAny(data, "\x00") {
			return
		}
		p := pageFile{`D:\p.sys`, 7}
		s := parseScript(data)
		once := s.with(nil, &p)
		again := parseScript(once)
		if got := again.pageFile(); got == nil || *got != p {
			t.Fatalf("page file %v in %q", got, once)
		}
		if twice := again.with(nil, &p); twice != once {
			t.Fatalf("twice %q, once %q", twice, once)
		}
		cleared := parseScript(s.with([]string{"a"}, nil))
		if got := cleared.commands(); len(got) != 1 || got[0] != "a" {
			t.Fatalf("commands %q", got)
		}
	})
}

// checkWay asks the way whether it can make a change.
func checkWay(t *testing.T, m *providertest.Image, set object) error {
	t.Helper()
	p := Provider()
	want, err := p.Checked(providertest.Value(t, p, set), false)
	if err != nil {
		t.Fatal(err)
	}
	have, err := p.Found(t.Context(), m, want)
	if err != nil {
		t.Fatal(err)
	}
	return p.Ways[0].Check(t.Context(), m, providers.Change{Action: providers.Update, Want: want, Have: providers.There(have)})
}
