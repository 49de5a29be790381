package dismemu

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/image/international"
)

// generateLangINI writes sources\lang.ini of media: which languages Setup, and the
// image, have.
func (r *run) generateLangINI() error {
	dir, err := r.need("Distribution")
	if err != nil {
		return err
	}
	sources := filepath.Join(dir, "sources")
	if !isDir(sources) {
		return known(errPathNotFound, sources)
	}
	return r.service(func(img *serviced) error {
		set, _, err := international.Read(r.ctx, img)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		b.WriteString("[Available UI Languages]\r\n")
		for _, l := range set.UILanguages {
			value := 2 // installed, and not the default
			if strings.EqualFold(l.Tag, set.DefaultUILanguage) {
				value = 3
			}
			fmt.Fprintf(&b, "%s = %d\r\n", l.Tag, value)
		}
		b.WriteString("\r\n[Fallback Languages]\r\n")
		for _, l := range set.UILanguages {
			fmt.Fprintf(&b, "%s = en-us\r\n", l.Tag)
		}
		return os.WriteFile(filepath.Join(sources, "lang.ini"), b.Bytes(), 0o666)
	})
}

// distribution tells of the languages of media, if /Distribution names one.
func (r *run) distribution() error {
	dir, ok := r.args.get("Distribution")
	if !ok {
		return nil
	}
	data, err := os.ReadFile(filepath.Join(dir, "sources", "lang.ini"))
	if err != nil {
		return known(errNotFound, filepath.Join(dir, "sources", "lang.ini"))
	}
	first, others := "", []string{}
	section := ""
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		tag, value, pair := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "["):
			section = strings.ToLower(line)
		case !pair || section != "[available ui languages]":
		case strings.TrimSpace(value) == "3":
			first = strings.TrimSpace(tag)
		default:
			others = append(others, strings.TrimSpace(tag))
		}
	}
	r.out.line("Reporting distribution languages.")
	r.out.line("")
	r.out.line("The default language in the distribution is:")
	r.out.line("%s", first)
	r.out.line("")
	r.out.line("The other available languages in the distribution are:")
	if len(others) == 0 {
		r.out.line("No languages found")
	}
	for _, tag := range others {
		r.out.line("%s", tag)
	}
	r.out.line("")
	return nil
}
