package security_test

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/providers/all"
	"github.com/gildhq/gild/providers/providertest"
	"github.com/gildhq/gild/providers/security"
)

// policyRules is a file of Microsoft's Policy Analyzer, of what a baseline sets.
type policyRules struct {
	Computer []struct {
		Key    string `xml:"Key"`
		Value  string `xml:"Value"`
		Type   string `xml:"RegType"`
		Data   string `xml:"RegData"`
		Policy string `xml:"PolicyName"`
	} `xml:"ComputerConfig"`
	Template []struct {
		Section string `xml:"Section,attr"`
		Line    string `xml:"LineItem"`
	} `xml:"SecurityTemplate"`
	Audit []struct {
		GUID    string `xml:"GUID"`
		Setting int    `xml:"Setting"`
	} `xml:"AuditSubcategory"`
}

// made is what a baseline makes in an image: registry values and commands.
type made struct {
	values   map[string]string // key!value, in lower case
	commands string            // in lower case
}

func madeBy(t *testing.T, baseline string) made {
	m := made{values: map[string]string{}}
	for _, c := range providertest.Expand(t, security.Provider(), all.All(), object{"baseline": str(baseline)}) {
		switch c.Kind {
		case "registry":
			name := strings.ToLower(c.Want["key"].AsString() + "!" + c.Want["name"].AsString())
			m.values[strings.TrimPrefix(name, `hklm\`)] = plain(c.Want["value"])
		case "script":
			for _, line := range c.Want["command"].AsValueSlice() {
				m.commands += strings.ToLower(line.AsString()) + "\n"
			}
		}
	}
	return m
}

func plain(v cty.Value) string {
	if v.Type() == cty.String {
		return v.AsString()
	}
	if v.Type() == cty.Number {
		return v.AsBigFloat().Text('f', -1)
	}
	return v.GoString()
}

func (m made) want(t *testing.T, key, data string) {
	t.Helper()
	key = strings.Replace(strings.ToLower(key), `machine\`, "", 1)
	if got, ok := m.values[key]; !ok {
		t.Errorf("%s = %s is not set", key, data)
	} else if got != data {
		t.Errorf("%s is %s, in Microsoft's baseline %s", key, got, data)
	}
}

func (m made) sets(key, name string) bool {
	_, ok := m.values[strings.ToLower(key+"!"+name)]
	return ok
}

// TestPolicyRules holds the baselines against all that Microsoft's own hold for
// computers, but what the documentation of the baselines leaves out by name.
func TestPolicyRules(t *testing.T) {
	files := testenv.Archive(t, "baselines/mxk-windows-secure-group-policy.tar.xz")
	for _, version := range []string{"24H2", "25H2"} {
		t.Run(version, func(t *testing.T) {
			var rules policyRules
			if err := xml.Unmarshal(files["mxk+windows-secure-group-policy/PolicyRules/MSFT-Win11-v"+version+".PolicyRules"], &rules); err != nil {
				t.Fatal(err)
			}
			m := madeBy(t, "microsoft-"+strings.ToLower(version))
			n := 0
			for _, c := range rules.Computer {
				switch {
				case strings.Contains(c.Policy, "Internet Explorer"):
				case strings.HasPrefix(c.Value, "**del"): // removes an earlier policy; no image has one
					if m.sets(c.Key, strings.TrimPrefix(c.Value, "**del.")) {
						t.Errorf("%s!%s is set, and Microsoft's baseline removes it", c.Key, c.Value)
					}
				default:
					m.want(t, c.Key+"!"+c.Value, data(t, c.Type, c.Data))
					n++
				}
			}
			for _, l := range rules.Template {
				name, value, _ := strings.Cut(l.Line, "=")
				switch l.Section {
				case "Registry Values":
					kind, text, _ := strings.Cut(value, ",")
					at := strings.LastIndexByte(name, '\\')
					if m.want(t, name[:at]+"!"+name[at+1:], strings.Trim(text, `"`)); kind != "1" && kind != "4" {
						t.Errorf("%s is of the type %s", name, kind)
					}
				case "System Access":
					m.access(t, name, value)
				case "Privilege Rights", "Service General Setting": // the documentation of the baselines leaves them out
					continue
				default:
					t.Errorf("a section %q", l.Section)
				}
				n++
			}
			for _, a := range rules.Audit {
				word := []string{"disable", "enable"}
				line := fmt.Sprintf(`auditpol /set /subcategory:"%s" /success:%s /failure:%s`, strings.ToLower(a.GUID), word[a.Setting&1], word[a.Setting>>1])
				if n++; !strings.Contains(m.commands, line) {
					t.Errorf("there is no command %s", line)
				}
			}
			if n < 200 {
				t.Errorf("%d settings in Microsoft's baseline", n)
			}
		})
	}
}

// data is what a policy sets, as a baseline has it.
func data(t *testing.T, kind, text string) string {
	switch kind {
	case "REG_DWORD":
		n, err := strconv.ParseUint(text, 0, 32)
		if err != nil {
			t.Error(err)
		}
		return strconv.FormatUint(n, 10)
	case "REG_SZ":
		return text
	}
	t.Errorf("a value of the type %s: %q", kind, text)
	return text
}

// access looks for a setting of accounts, which a command makes.
func (m made) access(t *testing.T, name, value string) {
	t.Helper()
	left := []string{"PasswordComplexity", "AllowAdministratorLockout", "ClearTextPassword", "LSAAnonymousNameLookup"} // out, as the documentation says
	option := map[string]string{
		"MinimumPasswordLength": "minpwlen", "PasswordHistorySize": "uniquepw", "LockoutBadCount": "lockoutthreshold",
		"ResetLockoutCount": "lockoutwindow", "LockoutDuration": "lockoutduration",
	}[name]
	switch {
	case slices.Contains(left, name):
	case option == "":
		t.Errorf("%s = %s is not known", name, value)
	case !regexp.MustCompile("/" + option + ":" + value + `\b`).MatchString(m.commands):
		t.Errorf("no command sets %s to %s", name, value)
	}
}
