package packagefile

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/providers"
)

// Capability is what a repository has of a capability of Windows.
type Capability struct {
	File    string   // the cabinet that declares it, by its name in the repository
	Arch    string   // architecture, in lower case
	Builds  []int    // builds of Windows that it is for
	Parents []string // see [Parents]
	Files   []string // all cabinets that it needs, by their names in the repository
}

// Find returns the cabinets of a capability: the one that declares it, those of the same package
// for other languages and architectures, and the same for the capabilities that it depends on, as
// far as the repository has them.
func (r *Repository) Find(ctx context.Context, capability string) (*Capability, error) {
	defer r.note()
	found, err := r.declaring(ctx, capability)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, r.missing(capability)
	}
	out := &Capability{}
	for _, c := range found {
		i, err := msu.ParseIdentity(c.facts.Identity)
		if err != nil {
			return nil, err
		}
		arch := strings.ToLower(i.Architecture)
		if out.File == "" || out.Arch == "wow64" && arch != out.Arch {
			out.File, out.Arch, out.Builds, out.Parents = c.name, arch, nil, c.facts.Parents
		}
		if arch == out.Arch {
			for _, b := range c.facts.Builds {
				if !slices.Contains(out.Builds, b) {
					out.Builds = append(out.Builds, b)
				}
			}
		}
	}
	slices.Sort(out.Builds)
	return out, r.collect(ctx, found, out, map[string]bool{nt.Fold(capability): true})
}

// collect adds the cabinets of packages and of the capabilities that they depend on.
func (r *Repository) collect(ctx context.Context, found []*cabinet, out *Capability, seen map[string]bool) error {
	all, err := r.family(ctx, found)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !slices.Contains(out.Files, c.name) {
			out.Files = append(out.Files, c.name)
		}
	}
	for _, c := range found {
		for _, need := range c.facts.Needs {
			if seen[nt.Fold(need)] {
				continue
			}
			seen[nt.Fold(need)] = true
			others, err := r.declaring(ctx, need)
			if err != nil {
				return err
			}
			if err := r.collect(ctx, others, out, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing is the problem that no cabinet declares a capability.
func (r *Repository) missing(capability string) error {
	var names []string
	damaged := ""
	for _, c := range r.files {
		if c.facts.Damage != "" && (damaged == "" || belongs(path.Base(c.name), capability)) {
			damaged = c.name + ": " + c.facts.Damage
		}
		names = append(names, c.facts.Capabilities...)
	}
	const summary = "Capability is not in the folder"
	other := otherVersion(capability, names)
	if other == "" {
		other = similar.Name(capability, names)
	}
	switch {
	case len(r.files) == 0:
		return providers.Problemf(r.attr, summary, "%s holds no cabinets. Name the folder LanguagesAndOptionalFeatures of the media with languages and optional features, or one that Export-WindowsCapabilitySource made.", r.folder)
	case other != "":
		return providers.Problemf(r.attr, summary, "No cabinet in %s declares the capability %s; did you mean %q?", r.folder, capability, other)
	case damaged != "":
		return providers.Problemf(r.attr, summary, "No cabinet in %s declares the capability %s. One can't be read (%s); if it belongs to the capability, get it again.", r.folder, capability, damaged)
	}
	return providers.Problemf(r.attr, summary, "None of the %d cabinets in %s declares the capability %s. Check that the media is for the same release of Windows as the image. Some capabilities come only from Windows Update; for these, leave out source.", len(r.files), r.folder, capability)
}

// otherVersion finds the capability among names, where one side has a version and the other has
// none.
func otherVersion(capability string, names []string) string {
	cut := func(s string) string { return s[:strings.LastIndexByte(s, '~')+1] }
	for _, n := range names {
		if nt.Equal(cut(n), cut(capability)) && (strings.HasSuffix(n, "~") || strings.HasSuffix(capability, "~")) {
			return n
		}
	}
	return ""
}

// belongs reports whether a cabinet is likely to belong to a capability, by its name: cabinets of
// languages are called Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~…, most others like
// the capability, with hyphens for dots.
func belongs(file, capability string) bool {
	stem, _, isPackage := strings.Cut(strings.ToLower(file), "~")
	parts := strings.Split(strings.ToLower(capability), "~")
	if !isPackage || len(parts) != 5 {
		return false
	}
	words := strings.Split(parts[0], ".")
	if language := parts[3]; words[0] == "language" && len(words) > 1 {
		words[0] = "languagefeatures"
		if !strings.HasPrefix(language, "und-") {
			words = append(words, strings.Split(language, "-")...)
		}
	}
	return within(strings.Split(stem, "-"), words)
}

// within reports whether a list contains another one as a contiguous run.
func within(list, part []string) bool {
	for i := 0; i+len(part) <= len(list); i++ {
		if slices.Equal(list[i:i+len(part)], part) {
			return true
		}
	}
	return false
}
