package dsl

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/gildhq/gild/dsl/functions"
)

// maxSource is the maximum size of a configuration file. Hand-written files are a thousand
// times smaller; a larger one is a payload with a wrong name.
const maxSource = 1 << 20

// maxNesting is the maximum nesting of brackets: the parsers are recursive.
const maxNesting = 200

// reader reads files of a configuration.
type reader struct {
	*reporter
	files  map[string]*hcl.File // sources that diagnostics may quote
	budget functions.Budget     // of all expressions
}

// module parses the configuration files of a folder in the order of their names. It calls
// none if there are none.
func (r *reader) module(of *folder, none func()) []hcl.Body {
	before := len(r.diags)
	names := r.matching(of, func(name string) bool {
		return strings.HasSuffix(name, ".gild.hcl") || strings.HasSuffix(name, ".gild.json")
	})
	var bodies []hcl.Body
	for _, name := range names {
		if body := r.parse(of.file(name), func() ([]byte, error) { return fs.ReadFile(of.fs, name) }, true); body != nil {
			bodies = append(bodies, body)
		}
	}
	if len(names) == 0 && len(r.diags) == before {
		none()
	}
	return bodies
}

// matching returns the names of the folder's files that match, sorted. It ignores temporary
// files of editors.
func (r *reader) matching(of *folder, match func(lower string) bool) []string {
	entries, err := fs.ReadDir(of.fs, ".")
	if err != nil {
		r.error("Cannot read the configuration", fmt.Sprintf("The folder %q cannot be read: %s.", of.shown, err))
		return nil
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") {
			continue
		}
		if match(strings.ToLower(name)) {
			names = append(names, name)
		}
	}
	return names
}

// parse reads and parses one file, by its suffix as JSON or as native syntax.
// It returns nil after errors. With show, diagnostics can quote the file.
func (r *reader) parse(name string, read func() ([]byte, error), show bool) hcl.Body {
	src, err := read()
	if err != nil {
		r.error("Cannot read file", fmt.Sprintf("The file %q cannot be read: %s.", name, err))
		return nil
	}
	src, problem := text(src)
	if problem != "" {
		r.error("Cannot read file", fmt.Sprintf("The file %q %s.", name, problem))
		return nil
	}
	var file *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		file, diags = json.Parse(src, name)
	} else {
		file, diags = hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			r.budget.Bind(body)
		}
	}
	r.report(diags)
	if show {
		r.files[name] = file
	}
	if diags.HasErrors() {
		return nil
	}
	return file.Body
}

// text returns the file's text without a byte order mark and with LF line ends, so that a
// module does not depend on how it was checked out; or the error.
func text(src []byte) ([]byte, string) {
	switch {
	case len(src) > maxSource:
		return nil, fmt.Sprintf("is too large for a configuration: %d bytes, and %d are the limit", len(src), maxSource)
	case bytes.HasPrefix(src, []byte{0xFF, 0xFE}), bytes.HasPrefix(src, []byte{0xFE, 0xFF}), looksWide(src):
		return nil, "is encoded as UTF-16; save it as UTF-8"
	}
	src = bytes.TrimPrefix(src, []byte{0xEF, 0xBB, 0xBF})
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if at := invalidUTF8(src); at >= 0 {
		return nil, fmt.Sprintf("is not UTF-8 (line %d); save it as UTF-8", 1+bytes.Count(src[:at], []byte("\n")))
	}
	if line := tooDeep(src); line > 0 {
		return nil, fmt.Sprintf("nests brackets more than %d deep (line %d)", maxNesting, line)
	}
	return src, ""
}

// looksWide reports whether every other of the first bytes is zero, as in Latin
// text in UTF-16 without a byte order mark.
func looksWide(src []byte) bool {
	if len(src) < 4 {
		return false
	}
	return src[0] == 0 && src[1] != 0 && src[2] == 0 && src[3] != 0 ||
		src[0] != 0 && src[1] == 0 && src[2] != 0 && src[3] == 0
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// tooDeep returns the line where brackets or runs of operators are nested deeper than
// maxNesting, or 0. It also counts brackets in strings and comments, which does not matter
// at this depth.
func tooDeep(src []byte) int {
	depth, run, line := 0, 0, 1
	for _, c := range src {
		switch c {
		case '\n':
			line++
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
		switch c {
		case '!', '-', '?':
			run++
		case ' ', '\t', '\n':
		default:
			run = 0
		}
		if depth > maxNesting || run > 10*maxNesting {
			return line
		}
	}
	return 0
}
