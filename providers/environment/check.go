package environment

import (
	"errors"
	"regexp"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// maxValue is the longest a variable can be, in UTF-16 code units ("Environment
// Variables" in the documentation of Win32: 32,767 with the NUL at the end).
const maxValue = 32766

var reference = regexp.MustCompile(`%[^%]+%`)

// check refuses invalid variables, and sets defaults.
func check(v *variable, absent bool) error {
	if v.Scope == nil {
		v.Scope = new(string)
		*v.Scope = machine
	}
	errs := []error{checkName(v.Name), checkEntries(v)}
	if !absent {
		errs = append(errs, checkValue(v))
	}
	return errors.Join(errs...)
}

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return providers.Problemf("name", "No name", "A variable needs a name.")
	case strings.ContainsAny(name, "=\x00"):
		return providers.Problemf("name", "Invalid name of a variable", `A name can't hold "=" or a NUL.`)
	case nt.UTF16Len(name) > hive.MaxValueName:
		return providers.Problemf("name", "Invalid name of a variable", "The name has more than %d characters.", hive.MaxValueName)
	}
	return nil
}

// checkValue requires exactly one of the arguments that say what the variable is.
func checkValue(v *variable) error {
	entries := v.entries()
	switch {
	case v.Value == nil && entries == nil:
		return providers.Problemf("", "Nothing to set", `Set "value"; or "prepend" or "append", for entries of a list.`)
	case v.Value != nil && entries != nil:
		return providers.Problemf("value", "Contradicting arguments", `"value" is the whole variable; "prepend" and "append" are for entries of a list that others have a say in, too.`)
	case v.Value != nil && strings.Contains(*v.Value, "\x00"):
		return providers.Problemf("value", "Invalid value", "The value holds a NUL.")
	case v.Value != nil && nt.UTF16Len(*v.Value) > maxValue:
		return providers.Problemf("value", "Invalid value", "The value is longer than the %d characters that Windows allows.", maxValue)
	case v.Expand != nil && !*v.Expand && entries != nil:
		return providers.Problemf("expand", "Contradicting arguments", `Other entries of the list may hold variables; "expand = false" goes with "value" only.`)
	}
	text := strings.Join(entries, ";")
	if v.Value != nil {
		text = *v.Value
	}
	if v.Expand == nil && reference.MatchString(text) {
		v.Expand = new(bool)
		*v.Expand = true
	}
	return nil
}

// checkEntries refuses a string that is not one entry, and repeated entries.
func checkEntries(v *variable) error {
	var errs []error
	seen := map[string]bool{}
	for _, list := range []struct {
		attr    string
		entries []string
	}{{"prepend", v.Prepend}, {"append", v.Append}} {
		if list.entries != nil && len(list.entries) == 0 {
			errs = append(errs, providers.Problemf(list.attr, "No entries", "The list is empty. Leave the argument out, or name entries."))
		}
		for _, e := range list.entries {
			if detail := fault(e, seen); detail != "" {
				errs = append(errs, providers.Problemf(list.attr, "Invalid entry", "%q %s.", e, detail))
			}
			seen[plain(e)] = true
		}
	}
	return errors.Join(errs...)
}

func fault(entry string, seen map[string]bool) string {
	switch {
	case plain(entry) == "":
		return "is no entry of a list: it is empty"
	case strings.Contains(entry, "\x00"):
		return "holds a NUL"
	case strings.Count(entry, `"`)%2 != 0:
		return "holds a quotation mark that is not closed"
	case len(split(entry)) > 1:
		return "is more than one entry; write each as one string of the list"
	case seen[plain(entry)]:
		return "is there twice"
	}
	return ""
}
