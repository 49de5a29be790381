package unattend

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/unattend"
	"github.com/gildhq/gild/providers"
)

// hidden replaces a secret of the image.
const hidden = "(sensitive value)"

// isSecret reports whether the text of an element is a password or a product key,
// by its name and that of the element it is in ("Unattended Windows Setup
// Reference": Password/Value, UserData/ProductKey/Key, Credentials/Password …).
func isSecret(name, parent string) bool {
	name, parent = strings.ToLower(name), strings.ToLower(parent)
	switch {
	case strings.HasSuffix(parent, "password"):
		return name != "plaintext"
	case parent == "productkey":
		return name != "willshowui"
	}
	return strings.HasSuffix(name, "password") || name == "productkey" || name == "accountdata"
}

// eachSecret calls found for every text that is a secret, and replaces it with the result.
func eachSecret(s unattend.Setting, where []string, found func(path string, s unattend.Setting) unattend.Setting) unattend.Setting {
	switch s.Kind {
	case unattend.Text:
		if n := len(where); n > 0 && isSecret(where[n-1], at(where, n-2)) {
			return found(strings.Join(where, "/"), s)
		}
	case unattend.Object:
		fields := make(map[string]unattend.Setting, len(s.Fields))
		for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
			inside := append(slices.Clip(where), name)
			if name == unattend.TextField {
				inside = where
			}
			fields[name] = eachSecret(s.Fields[name], inside, found)
		}
		s.Fields = fields
	case unattend.List:
		items, key := make([]unattend.Setting, len(s.Items)), unattend.KeyField(s.Items)
		for i, item := range s.Items {
			items[i] = eachSecret(item, where, selected(found, where, key, item))
		}
		s.Items = items
	}
	return s
}

func at(list []string, i int) string {
	if i < 0 {
		return ""
	}
	return list[i]
}

// selected passes on paths that lead through an item of a list.
func selected(found func(string, unattend.Setting) unattend.Setting, where []string, key string, item unattend.Setting) func(string, unattend.Setting) unattend.Setting {
	if key == "" {
		return found
	}
	head := strings.Join(where, "/")
	return func(path string, s unattend.Setting) unattend.Setting {
		return found(head+"["+key+"="+item.Fields[key].Text+"]"+strings.TrimPrefix(path, head), s)
	}
}

// redact hides the secrets that an image holds.
func redact(s unattend.Setting) unattend.Setting {
	return eachSecret(s, nil, func(_ string, s unattend.Setting) unattend.Setting {
		if s.Text != "" {
			s.Text = hidden
		}
		return s
	})
}

// checkSecrets refuses secrets among the settings, and settings and secrets that
// decide on the same element.
func (r *resource) checkSecrets() []error {
	var errs []error
	settings := r.setting()
	eachSecret(settings, nil, func(path string, s unattend.Setting) unattend.Setting {
		if s.Text != "" {
			errs = append(errs, &providers.Problem{Summary: "Secret among the settings", // no Attr: its lines would be shown
				Detail: fmt.Sprintf("The settings are shown to everybody. Move this to secrets = { %q = … }.", path)})
		}
		return s
	})
	var before unattend.Path
	for _, text := range slices.Sorted(maps.Keys(r.Secrets)) {
		path, err := unattend.ParsePath(text)
		if err == nil {
			err = fits(settings, path)
		}
		if err == nil && before != nil && strings.HasPrefix(text, before.String()+"/") {
			err = fmt.Errorf("%s is in %s, which has text", text, before)
		}
		if err == nil && r.Secrets[text] != nil {
			err = unattend.ValidText(*r.Secrets[text])
		}
		if err != nil {
			errs = append(errs, &providers.Problem{Attr: "secrets", Summary: "Invalid path of a secret", Detail: fmt.Sprintf("%q: %v.", text, err)})
		}
		before = path
	}
	return errs
}

// fits returns an error if there can't be a text at the path, given the settings.
func fits(s unattend.Setting, path unattend.Path) error {
	for i, step := range path {
		next, ok := s.Fields[step.Name]
		if !ok {
			return nil
		}
		here := path[:i+1]
		last := i == len(path)-1
		switch {
		case next.Kind == unattend.Object && len(next.Fields) == 0:
			return nil
		case next.Kind == unattend.List:
			j := slices.IndexFunc(next.Items, func(item unattend.Setting) bool {
				return item.Fields[step.Key].Kind == unattend.Text && item.Fields[step.Key].Text == step.Value
			})
			if j < 0 {
				return fmt.Errorf("the list in settings has no such item as %s", here)
			}
			next = next.Items[j]
		case next.Kind != unattend.Object:
			return fmt.Errorf("settings decides on %s, too", here)
		}
		if last {
			return fmt.Errorf("settings has elements in %s", here)
		}
		s = next
	}
	return nil
}
