package file

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

const answerFile = `<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <TimeZone>UTC</TimeZone>
    </component>
  </settings>
</unattend>
`

// readableCase is a file that comes to where Windows reads it.
type readableCase struct {
	name, path, content string
	refused, warned     string
}

func readableCases() []readableCase {
	const panther, script, apps, task = "Windows/Panther/unattend.xml", "windows/setup/scripts/SETUPCOMPLETE.CMD", "Windows/System32/OEMDefaultAssociations.xml", "Windows/System32/Tasks/Contoso/Task"
	utf16 := func(s string) string { return string(nt.AppendUTF16(nil, "\ufeff"+s)) }
	return []readableCase{
		{"answer file", panther, answerFile, "", ""},
		{"answer file in UTF-16", panther, utf16(strings.Replace(answerFile, "utf-8", "utf-16", 1)), "", ""},
		{"answer file with a wrong label", panther, utf16(answerFile), "line 1, column 31: the declaration says encoding=\"utf-8\", and the file is in UTF-16", ""},
		{"answer file with hyphens in a comment", panther, strings.Replace(answerFile, "  <settings", "  <!-- a -- b -->\n  <settings", 1), "line 3, column 10: there are two hyphens", ""},
		{"no answer file", panther, "<a/>", "line 1, column 1: it is not an answer file", ""},
		{"answer file elsewhere", "Deploy/unattend.xml", "<a", "", ""},
		{"another file in Panther", "Windows/Panther/cb.xml", "<a", "", ""},
		{"pass that was processed", panther, strings.Replace(answerFile, `"oobeSystem"`, `"oobeSystem" wasPassProcessed="true"`, 1), "", "The pass oobeSystem is marked as processed"},
		{"component twice", panther, strings.Replace(answerFile, "  </settings>", "  </settings>\n  <settings pass=\"oobeSystem\"/>", 1), "", "twice: the pass oobeSystem on the lines 3 and 8"},
		{"unknown setting", panther, strings.ReplaceAll(answerFile, "TimeZone", "Timezone"), "", `answers.xml, line 5: gild knows no setting "Timezone" in the component Microsoft-Windows-Shell-Setup, and Windows does not carry out what it does not know. Did you mean "TimeZone"?`},
		{"name of a computer", panther, strings.NewReplacer("oobeSystem", "specialize", "TimeZone>", "ComputerName>", "UTC", "sixteen-letters-").Replace(answerFile), "", "answers.xml, line 5: The name of a computer has up to 15 bytes"},
		{"pass of Setup", panther, strings.NewReplacer("oobeSystem", "windowsPE", "Shell-Setup", "Setup", "TimeZone>", "EnableNetwork>", "UTC", "true").Replace(answerFile), "", "does not look into Windows/Panther/unattend.xml for the pass windowsPE"},
		{"batch file", script, "@echo off\r\n", "", ""},
		{"batch file in UTF-16", script, utf16("@echo off\r\n"), "it is in UTF-16, which cmd.exe can't run", ""},
		{"batch file in UTF-16 without a mark", script, utf16("@echo off\r\n")[2:], "it is in UTF-16, which cmd.exe can't run", ""},
		{"batch file with a mark", script, "\ufeff@echo off\r\n", "", "begins with a byte order mark"},
		{"another batch file in UTF-16", "Tools/a.bat", utf16("@echo off\r\n"), "", "is in UTF-16, which cmd.exe can't run"},
		{"PowerShell in UTF-16", "Windows/Setup/Scripts/a.ps1", utf16("exit"), "", ""},
		{"default apps", apps, `<?xml version="1.0" encoding="utf-16"?><DefaultAssociations/>`, "line 1, column 31: the declaration says", ""},
		{"task", task, `<Task version="1.2">`, "line 1, column 21: <Task> of line 1 has no end", ""},
		{"task without a version", task, "<Task/>", "", "the Task has no version"},
		{"empty", "Windows/Setup/Scripts/a.cmd", "", "", ""},
	}
}

// TestReadable brings files by themselves, as part of a folder, and as text.
func TestReadable(t *testing.T) {
	for _, tt := range readableCases() {
		name := tt.path[strings.LastIndexAny(tt.path, `/\`)+1:]
		for how, set := range map[string]struct {
			payloads map[string]string
			path     string
			source   string
		}{
			"source": {map[string]string{"answers.xml": tt.content}, tt.path, "answers.xml"},
			"folder": {map[string]string{"answers.xml/" + name: tt.content}, tt.path[:len(tt.path)-len(name)-1], "answers.xml"},
		} {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				p, host := Provider(), providertest.NewHost(t, set.payloads)
				want := providertest.Value(t, p, object{"path": str(set.path), "source": str(set.source)})
				want, err := p.Resolved(t.Context(), host, want)
				if says := tt.refused; (err != nil) != (says != "") || err != nil && !strings.Contains(err.Error(), says) {
					t.Fatalf("refused: %v, want %q", err, says)
				}
				if err != nil {
					return
				}
				list, err := p.Warn(t.Context(), providertest.NewImage(t, nil, false), providers.Around{Host: host}, want, false)
				says := tt.warned
				if how == "folder" {
					says = strings.Replace(says, "answers.xml,", "answers.xml/"+name+",", 1)
				}
				if err != nil || len(list) > 1 || (len(list) == 1) != (says != "") || len(list) == 1 && !strings.Contains(list[0].Detail, says) {
					t.Errorf("warned: %v, %v, want %q", list, err, says)
				}
			})
		}
	}
}

// asked counts how often the registry is asked for a value.
type asked struct {
	*providertest.Image
	times *int
}

func (a asked) Value(key, name string) (image.Value, error) {
	*a.times++
	return a.Image.Value(key, name)
}

// TestWarnLooksIfNeeded: only a file that holds an answer file has gild look for the others
// of the image, which means to compare each with all resources.
func TestWarnLooksIfNeeded(t *testing.T) {
	p, host := Provider(), providertest.NewHost(t, map[string]string{"a.txt": "a", "unattend.xml": answerFile})
	for source, times := range map[string]int{"a.txt": 0, "unattend.xml": 1} {
		want := providertest.Value(t, p, object{"path": str("Windows/Panther/" + source), "source": str(source)})
		if err := p.Resolve(t.Context(), host, &want); err != nil {
			t.Fatal(err)
		}
		s := asked{providertest.NewImage(t, nil, false), new(int)}
		if _, err := p.Warn(t.Context(), s, providers.Around{Host: host}, want, false); err != nil || *s.times != times {
			t.Errorf("%s: looked %d times, want %d, %v", source, *s.times, times, err)
		}
	}
}
