package file

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// check brings path and time into canonical form, and refuses arguments that
// contradict each other.
func check(r *resource, absent bool) error {
	errs := []error{checkPath(r, absent)}
	if !absent {
		errs = append(errs, checkContent(r), checkExtras(r), checkModified(r))
	}
	return errors.Join(errs...)
}

func checkPath(r *resource, absent bool) error {
	problem := func(detail string) error {
		return &providers.Problem{Attr: "path", Summary: "Invalid path", Detail: detail}
	}
	clean, err := image.CleanPath(r.Path)
	switch {
	case err != nil:
		return problem("This is no name for a file: " + err.Error() + ".")
	case clean == ".":
		return problem("This is the whole image; name a file or a folder in it.")
	case !absent && !providers.Is(r.Directory, true) && strings.HasSuffix(strings.ReplaceAll(r.Path, `\`, "/"), "/"):
		return problem(fmt.Sprintf("The path ends in a slash. Name the file itself, as it is to be in the image; a folder is %q.", clean))
	}
	r.Path = clean
	return nil
}

// checkContent requires exactly one argument that says what the file is.
func checkContent(r *resource) error {
	var given []string
	for name, is := range map[string]bool{"source": r.Source != nil, "content": r.Content != nil, "directory": providers.Is(r.Directory, true)} {
		if is {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	switch {
	case len(given) == 0:
		return &providers.Problem{Summary: "Nothing to put there", Detail: "One of source, content and directory = true must say what it is."}
	case len(given) > 1:
		return &providers.Problem{Attr: given[1], Summary: "Contradicting arguments",
			Detail: fmt.Sprintf("Only one of source, content and directory can say what it is; here are %s.", strings.Join(given, " and "))}
	}
	if providers.Is(r.Source, "") {
		return &providers.Problem{Attr: "source", Summary: "No source", Detail: "The name of the source is empty."}
	}
	return nil
}

// checkExtras refuses arguments that would have no effect.
func checkExtras(r *resource) error {
	var errs []error
	without := func(set bool, attr, needs string) {
		if set {
			errs = append(errs, &providers.Problem{Attr: attr, Summary: "Argument without effect",
				Detail: fmt.Sprintf("%q goes with %q only.", attr, needs)})
		}
	}
	without(r.Encoding != nil && r.Content == nil, "encoding", "content")
	without(r.LineEndings != nil && r.Content == nil, "line_endings", "content")
	without(providers.Is(r.Purge, true) && r.Source == nil, "purge", "source")
	if r.Directory != nil && !*r.Directory {
		r.Directory = nil
	}
	if r.Purge != nil && !*r.Purge {
		r.Purge = nil
	}
	return errors.Join(errs...)
}

// checkModified brings the time to UTC and to what Windows can keep: units of
// 100 ns since 1601 ([MS-DTYP] §2.3.3).
func checkModified(r *resource) error {
	if r.Modified == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *r.Modified)
	if err != nil || t.Year() < 1601 {
		return &providers.Problem{Attr: "modified", Summary: "Invalid time",
			Detail: fmt.Sprintf(`%q is not a time after 1600 in the form "2024-01-31T12:00:00Z".`, *r.Modified)}
	}
	text := timeText(t)
	r.Modified = &text
	return nil
}

func timeText(t time.Time) string {
	return t.UTC().Truncate(100 * time.Nanosecond).Format(time.RFC3339Nano)
}

// claims claims the file or the folder, and the files in it once the source is
// known to be a folder.
func claims(r resource, absent bool) []providers.Claim {
	list := []providers.Claim{providers.ClaimFile(r.Path)}
	whole := absent || providers.Is(r.Purge, true)
	if whole {
		list[0] = providers.ClaimFileTree(r.Path)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if !whole {
			list = append(list, providers.ClaimFile(r.Path+"/"+cty.NormalizeString(nameOf(strings.TrimSuffix(name, "/")))))
		}
	}
	return append(list, hiveClaims(r, whole)...)
}

// hiveClaims are the claims on the registry if the file is a hive.
func hiveClaims(r resource, whole bool) []providers.Claim {
	var list []providers.Claim
	for _, h := range image.Hives() {
		hit := strings.EqualFold(h.File, r.Path) || whole && nt.HasPrefix(h.File, r.Path+"/")
		for name := range r.Files {
			hit = hit || strings.EqualFold(h.File, r.Path+"/"+name)
		}
		if hit {
			list = append(list, providers.ClaimKeyTree(h.Root))
		}
	}
	return list
}
