package scheduledtask

import (
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/internal/regimage"
	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type object = map[string]cty.Value

func str(s string) cty.Value { return cty.StringVal(s) }

func of(path string, more object) object {
	o := object{"path": str(path)}
	maps.Copy(o, more)
	return o
}

const definition = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>Contoso</Author></RegistrationInfo>
  <Principals>
    <Principal id="System"><UserId>S-1-5-18</UserId></Principal>
  </Principals>
  <Actions Context="System">
    <Exec>
      <Command>C:\Contoso\agent.exe</Command>
      <Arguments>/update</Arguments>
    </Exec>
    <ComHandler><ClassId>{0}</ClassId></ComHandler>
  </Actions>
</Task>
`

func utf16(text string) string { return string(nt.AppendUTF16(nil, "\ufeff"+text)) }

const (
	defrag = `\Microsoft\Windows\Defrag\ScheduledDefrag`
	guid   = `{1D9B1A9B-6C5F-4F4E-9D40-7B8C5A1E2F30}`
	other  = `{00000000-6C5F-4F4E-9D40-7B8C5A1E2F30}`
	root   = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache`
)

func img(t *testing.T) map[string][]byte {
	all := regimage.Hives(t, `
[`+root+`\Plain\`+guid+`]

[`+root+`\Maintenance\`+guid+`]

[`+root+`\Logon\`+other+`]

[`+root+`\Tasks\`+guid+`]
"Path"="\\Microsoft\\Windows\\Defrag\\ScheduledDefrag"

[`+root+`\Tasks\`+other+`]
"Path"="\\Microsoft\\Windows\\Other"

[`+root+`\Tree`+defrag+`]
"Id"="`+guid+`"

[`+root+`\Tree\Microsoft\Windows\Other]
"Id"="`+other+`"
`)
	all[folder+"/Microsoft/Windows/Defrag/ScheduledDefrag"] = []byte(utf16(strings.ReplaceAll(definition, "\n", "\r\n")))
	all[folder+"/Microsoft/Windows/Other"] = []byte(utf16(strings.Replace(definition, "<Actions", "<Settings><Enabled>false</Enabled></Settings><Actions", 1)))
	all[folder+"/Microsoft/Windows/Unknown"] = []byte(utf16(definition))
	return all
}

// script checks the script that is queued; "" stands for no action.
func script(parts ...string) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		t.Helper()
		actions, err := m.QueuedActions()
		if err != nil || len(actions) != 1 {
			t.Fatalf("queued %v, %v", actions, err)
		}
		text := string(actions[0].Script)
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("the script lacks %q:\n%s", p, text)
			}
		}
	}
}

func TestSuite(t *testing.T) {
	source := object{"source": str("update task.xml")}
	payloads := map[string]string{"update task.xml": definition}
	off := object{"enabled": cty.False}
	cases := []providertest.Case{
		{Name: "disable", Set: of(defrag, off), After: script(`schtasks /change /tn "` + defrag + `" /disable`)},
		{Name: "enable", Set: of("Microsoft/Windows/Other", object{"enabled": cty.True}), After: script(`/tn "\Microsoft\Windows\Other" /enable`)},
		{Name: "enabled already", Set: of(strings.ToUpper(defrag), object{"enabled": cty.True}), Unchanged: true},
		{Name: "disabled already", Set: of(`\Microsoft\Windows\Other`, off), Unchanged: true},
		{Name: "new", Set: of(`\Contoso\100% Update`, source), Payloads: payloads, After: func(t *testing.T, m *providertest.Image) {
			script(`schtasks /create /tn "\Contoso\100%% Update" /xml "%GILD_DIR%\payload\`)(t, m)
			actions, _ := m.QueuedActions()
			data, err := fs.ReadFile(m, actions[0].Payloads[0].Folder()+"/"+xmlName)
			if want := utf16(strings.ReplaceAll(definition, "\n", "\r\n")); err != nil || string(data) != want {
				t.Errorf("the definition is %q, %v", data, err)
			}
		}},
		{Name: "new and disabled", Set: of(`\Contoso\Update`, object{"source": source["source"], "enabled": cty.False}), Payloads: payloads, After: script("/create", "/disable")},
		{Name: "definition in place of another", Set: of(`\Microsoft\Windows\Other`, source), Payloads: payloads, After: script("/create")},
		{Name: "same definition", Set: of(defrag, source), Payloads: payloads, Unchanged: true},
		{Name: "same definition in UTF-16", Set: of(defrag, source), Payloads: map[string]string{"update task.xml": utf16(definition)}, Unchanged: true},
		{Name: "same definition with another label and a blank line", Set: of(defrag, source), Payloads: map[string]string{"update task.xml": "\ufeff\r\n" + strings.Replace(definition, "UTF-16", "windows-1252", 1)}, Unchanged: true},
		{Name: "definition without a version", Set: of(`\Contoso\Update`, source), Payloads: map[string]string{"update task.xml": strings.Replace(definition, ` version="1.2"`, "", 1)}, After: script("/create")},
		{Name: "same definition that the scheduler does not know", Set: of(`\Microsoft\Windows\Unknown`, source), Payloads: payloads, After: script("/create")},
		{Name: "absent", Set: of(defrag, nil), Absent: true, After: func(t *testing.T, m *providertest.Image) {
			file := m.Save(t, "Windows/System32/config/SOFTWARE")
			if keys := testenv.Run(t, "reglookup", "-t", "KEY", file); strings.Contains(keys, guid) || strings.Contains(keys, "ScheduledDefrag") || !strings.Contains(keys, other) {
				t.Errorf("keys afterwards:\n%s", keys)
			}
			if _, err := m.Stat(folder + "/Microsoft/Windows/Defrag"); err != nil {
				t.Errorf("the folder is gone: %v", err)
			}
		}},
		{Name: "absent by name beside ASCII", Set: of(`\Büro`, nil), Absent: true, Unchanged: true},
		{Name: "absent already", Set: of(`\Contoso\Update`, nil), Absent: true, Unchanged: true},
	}
	for i := range cases {
		cases[i].Image = img(t)
	}
	providertest.Run(t, Provider(), cases)
}

// TestDecomposed: the paths of a configuration are composed; a task that
// is there by another name is removed.
func TestDecomposed(t *testing.T) {
	const composed, decomposed = "\\Caf\u00e9\\\u00c4nderung", "\\Cafe\u0301\\A\u0308nderung"
	image := regimage.Hives(t, `
[`+root+`\Plain\`+guid+`]

[`+root+`\Tasks\`+guid+`]
"Path"="`+strings.ReplaceAll(decomposed, `\`, `\\`)+`"

[`+root+`\Tree`+decomposed+`]
"Id"="`+guid+`"
`)
	image[folder+strings.ReplaceAll(decomposed, `\`, "/")] = []byte(utf16(definition))
	providertest.Run(t, Provider(), []providertest.Case{
		{Name: "absent", Image: image, Set: of(composed, nil), Absent: true, After: func(t *testing.T, m *providertest.Image) {
			if keys, err := m.Subkeys(root + `\Tasks`); err != nil || len(keys) > 0 {
				t.Errorf("keys afterwards: %v, %v", keys, err)
			}
			if list, err := m.ReadDir(folder + "/Cafe\u0301"); err != nil || len(list) > 0 {
				t.Errorf("files afterwards: %v, %v", list, err)
			}
		}},
	})
}

func TestRefusals(t *testing.T) {
	on := object{"enabled": cty.True}
	source := of(`\a`, object{"source": str("a.xml")})
	bad := func(name, old, new, says string) providertest.Refusal {
		return providertest.Refusal{Name: name, Set: source, Payloads: map[string]string{"a.xml": strings.Replace(definition, old, new, 1)}, Attr: "source", Says: says}
	}
	refusals := []providertest.Refusal{
		{Name: "nothing", Set: of(defrag, nil), Says: "ensure"},
		{Name: "wildcard", Set: of(`\Microsoft\*`, on), Attr: "path", Says: "for_each"},
		{Name: "empty name", Set: of(`\Microsoft\`, on), Attr: "path", Says: "folders and a name"},
		{Name: "up", Set: of(`\..\config\SAM`, nil), Absent: true, Attr: "path", Says: "folders and a name"},
		{Name: "quotation mark", Set: of(`\a" & b`, on), Attr: "path", Says: "can't have"},
		{Name: "long", Set: of(`\`+strings.Repeat("a", 240), on), Attr: "path", Says: "240"},
		{Name: "beside ASCII", Set: of(`\Büro`, on), Attr: "path", Says: "ASCII"},
		{Name: "blank at the end", Set: of(`\a \b`, on), Attr: "path", Says: "dot or a space"},
		{Name: "dot at the end", Set: of(`\a\b.`, on), Attr: "path", Says: "dot or a space"},
		{Name: "device", Set: of(`\a\con`, on), Attr: "path", Says: "device"},
		{Name: "task of the first boot", Set: of(`\Gild First Boot`, on), Attr: "path", Says: "gild itself"},
		{Name: "folder", Set: of(`\Microsoft\Windows`, nil), Absent: true, Attr: "path", Says: "folder of tasks"},
		{Name: "no such task", Set: of(`\Microsoft\Windows\Defrag\SheduledDefrag`, on), Attr: "path", Says: `Did you mean "` + strings.ReplaceAll(defrag, `\`, `\\`) + `"?`},
		{Name: "no source", Set: source, Attr: "source", Says: "no file"},
		bad("not well-formed", "</Exec>", "</Exec", "a.xml: line 11, column 5: the tag </Exec"),
		bad("other root", "<Task ", "<Tasks ", "<Tasks> of line 2 ends in </Task>"),
		bad("no namespace", ` xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"`, "", "line 2, column 1: the namespace"),
		bad("odd version", `version="1.2"`, `version="2"`, `line 2, column 1: the version of Task is "2"`),
		bad("prefix that is declared nowhere", "<Exec>", "<Exec x:id='a'>", "line 8, column 11: the prefix"),
		bad("comment with hyphens", "<Exec>", "<!-- a -- b --><Exec>", "line 8, column 12: there are two hyphens"),
		bad("odd element", "<Principals>", "<Principals/><Foo/><Principals>", `"Foo" is not expected`),
		bad("twice", "<Principals>", "<Principals/><Principals>", `"Principals" is there twice`),
		bad("password", "</UserId>", "</UserId><LogonType>Password</LogonType>", "stored password"),
		bad("context", `Context="System"`, `Context="Nobody"`, `"Nobody"`),
		bad("no command", `<Command>C:\Contoso\agent.exe</Command>`, "", "line 8, column 5: the action Exec has no Command"),
		bad("message", "<Exec>", "<ShowMessage/><Exec>", "no longer"),
		bad("unknown action", "<Exec>", "<Run/><Exec>", `"Run" is no action`),
		{Name: "no actions", Set: source, Payloads: map[string]string{"a.xml": `<Task version="1.2" xmlns="` + namespace + `"/>`}, Attr: "source", Says: "no Actions"},
	}
	for i := range refusals {
		refusals[i].Image = img(t)
	}
	providertest.Refuse(t, Provider(), refusals)
}

// TestVersion: a definition without a version is taken, and reported.
func TestVersion(t *testing.T) {
	for version, warned := range map[string]bool{` version="1.4"`: false, "": true} {
		p := Provider()
		host := providertest.NewHost(t, map[string]string{"a.xml": strings.Replace(definition, ` version="1.2"`, version, 1)})
		want := providertest.Value(t, p, of(`\a`, object{"source": str("a.xml")}))
		list, err := p.Warn(t.Context(), providertest.NewImage(t, img(t), false), providers.Around{Host: host}, want, false)
		if err != nil || (len(list) > 0) != warned || warned && !strings.Contains(list[0].Detail, "a.xml, line 2: the Task has no version") {
			t.Errorf("%q: %v, %v", version, list, err)
		}
	}
}

func TestList(t *testing.T) {
	all, err := Provider().List(t.Context(), providertest.NewImage(t, img(t), false))
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	first := all[0].AsValueMap()
	if first["path"].AsString() != defrag || first["enabled"].False() || first["author"].AsString() != "Contoso" || first["applies"].AsString() != "now" ||
		first["actions"].AsValueSlice()[0].AsString() != `C:\Contoso\agent.exe /update` || first["actions"].AsValueSlice()[1].AsString() != "{0}" {
		t.Errorf("first task %#v", first)
	}
	if all[1].GetAttr("enabled").True() || !all[2].GetAttr("enabled").IsNull() {
		t.Errorf("other tasks %#v", all[1:])
	}
}

// TestForeignAction finds work of another's making under the task's name.
func TestForeignAction(t *testing.T) {
	want := task{Path: defrag}
	m := providertest.NewImage(t, img(t), true)
	if err := m.QueueAction(image.Action{ID: want.id(), Interpreter: image.Cmd, Script: []byte("echo")}); err != nil {
		t.Fatal(err)
	}
	l, err := open(m)
	if err != nil {
		t.Fatal(err)
	}
	if got := queued(l.actions, defrag); got == nil || got.Enabled != nil || got.Digest != nil {
		t.Errorf("queued %+v", got)
	}
}

func TestEffect(t *testing.T) {
	w := Provider().Ways[0]
	for action, want := range map[providers.Action]providers.Effect{providers.Delete: providers.Now("offline"), providers.Create: providers.AtFirstBoot()} {
		v := providertest.Value(t, Provider(), of(defrag, nil))
		if got, err := w.EffectIn(t.Context(), nil, nil, providers.Change{Action: action, Want: v}); err != nil || got != want {
			t.Errorf("%s takes effect %+v, %v", action, got, err)
		}
	}
}

// TestFirstBootTask sees to it that the task that is refused is the one of the
// first boot.
func TestFirstBootTask(t *testing.T) {
	m := providertest.NewImage(t, img(t), true)
	queue, err := providers.Need[image.FirstBoot](m, image.CanFirstBoot)
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.QueueAction((&task{Path: `\a`, Enabled: new(true)}).action(nil)); err != nil {
		t.Fatal(err)
	}
	m.Flush(t)
	driver, err := fs.ReadFile(m, firstboot.Driver)
	if want := `set "GILD_TASK=` + firstBootTask[1:] + `"`; err != nil || !strings.Contains(string(driver), want) {
		t.Errorf("no %s in %s, %v", want, driver, err)
	}
}
