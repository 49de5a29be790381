package view

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// encode returns the JSON form of a value with a line feed at its end, and without
// sensitive values in any of its strings.
func encode(v any, indent string, withhold func(string) string) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil || withhold == nil {
		return out.Bytes(), err
	}
	return withheld(out.Bytes(), withhold), nil
}

// fixed are the names, in the outermost object, of fields whose strings are gild's
// own words.
var fixed = []string{"@level", "@module", "@timestamp", "type", "format_version"}

// withheld goes through the strings of a JSON text and leaves everything else as it
// is, also names of members.
func withheld(data []byte, withhold func(string) string) []byte {
	var out bytes.Buffer
	depth, name := 0, ""
	for len(data) > 0 {
		n := 1
		switch data[0] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			n = quoted(data)
			var text string
			isName := n < len(data) && data[n] == ':'
			if json.Unmarshal(data[:n], &text) == nil {
				switch {
				case isName:
					name = text
				case depth > 1 || !slices.Contains(fixed, name):
					if shown := hide(text, withhold); shown != text {
						out.Write(quote(shown))
						data = data[n:]
						continue
					}
				}
			}
		}
		out.Write(data[:n])
		data = data[n:]
	}
	return out.Bytes()
}

// quoted is the length of the JSON string that data begins with.
func quoted(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// hide withholds sensitive values from a text. A digest is hidden only if all of it is
// a secret: four digits that equal a secret are chance.
func hide(text string, withhold func(string) string) string {
	const hex = "0123456789abcdef"
	shown := withhold(text)
	if len(text) >= 32 && strings.Trim(text, hex) == "" && strings.Trim(shown, hex) != shown {
		return text
	}
	return shown
}

func quote(text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
