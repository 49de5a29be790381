package planner

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Forms returns the forms in which a text may appear in a message: as it is, quoted as in
// Go, JSON and HCL, escaped as in a URL, in UTF-16, in base64 and hexadecimal; also the
// parts that remain where a message ends at a quotation mark or names one part of a path.
func Forms(text string) []string {
	quoted := strconv.Quote(text)
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string
	}
	var plain strings.Builder
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // to memory
	wide := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	template := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strings.Trim(strings.TrimSpace(plain.String()), `"`))
	forms := []string{
		text, strings.TrimSpace(text), quoted[1 : len(quoted)-1], string(encoded[1 : len(encoded)-1]), template,
		strings.ReplaceAll(text, `\`, "/"), strings.ReplaceAll(text, "/", `\`), strings.ReplaceAll(text, `"`, `""`), strings.ReplaceAll(text, "'", "''"),
		url.QueryEscape(text), url.PathEscape(text), hex.EncodeToString([]byte(text)), hex.EncodeToString(wide),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(text)), "="), strings.TrimRight(base64.StdEncoding.EncodeToString(wide), "="),
	}
	if utf8.Valid(wide) { // no message holds other bytes
		forms = append(forms, string(wide))
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\"'`/\\\n\r", r) }) {
		if part = strings.TrimSpace(part); len(part) >= leastPart {
			forms = append(forms, part)
		}
	}
	return forms
}

// leastPart is the length in bytes below which a part of a text reveals nothing of
// it.
const leastPart = 5
