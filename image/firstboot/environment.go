package firstboot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
)

// The script that sets variables. If it has characters outside ASCII, cmd.exe reads it
// as UTF-8, and the script restores the code page afterwards.
const (
	setUTF8 = `@for /f "tokens=2 delims=:." %%p in ('chcp') do @set "GILD_CP=%%p"` + eol + "@chcp 65001 >nul" + eol
	setBack = "@chcp %GILD_CP% >nul" + eol
	setOpen = `@set "`
)

// environment is the script that sets variables.
func environment(vars map[string]string) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		b.WriteString(setOpen + name + "=" + strings.ReplaceAll(vars[name], "%", "%%") + `"` + eol)
	}
	if isASCII(b.String()) {
		return []byte(b.String())
	}
	return []byte(setUTF8 + b.String() + setBack)
}

// parseEnvironment reads what [environment] writes, and nothing else.
func parseEnvironment(data []byte) (map[string]string, error) {
	text := strings.TrimSuffix(strings.TrimPrefix(string(data), setUTF8), setBack)
	vars := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, eol), eol) {
		set, ok := strings.CutPrefix(line, setOpen)
		name, value, named := strings.Cut(strings.TrimSuffix(set, `"`), "=")
		if !ok || !named {
			return nil, fmt.Errorf("a line sets no variable")
		}
		value = strings.ReplaceAll(value, "%%", "%")
		if err := image.CheckVariable(name, value); err != nil {
			return nil, err
		}
		vars[name] = value
	}
	if string(environment(vars)) != string(data) {
		return nil, fmt.Errorf("it is not as gild writes it")
	}
	return vars, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
