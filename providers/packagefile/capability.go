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

// Capability is what a repository has of a capability.
type Capability struct {
	File    string   // the cabinet that declares it, in the repository
	Arch    string   // architecture, in lower case
	Builds  []int    // of Windows that it is for
	Parents []string // as [Parents] has them
	Files   []string // all cabinets that it needs, in the repository
}

// Find returns what the repository has of a capability: the cabinet that declares
// it, those of the same package for other languages and architectures, and the same
// of the capabilities that it builds on, as far as they are there.
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

// collect adds the cabinets of packages and of the capabilities that they need.
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

// missing says that no cabinet declares a capability.
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
		return providers.Problemf(r.attr, summary, "No cabinet in %s declares the capability %s. One can't be read (%s); get it again if it is of that.", r.folder, capability, damaged)
	}
	return providers.Problemf(r.attr, summary, "No cabinet in %s declares the capability %s (%d were looked into). Is it the medium of the release of the image? Some capabilities are on none, and come from Windows Update alone: leave source out then.", r.folder, capability, len(r.files))
}

// otherVersion finds the capability among names of which one has a version and the
// other none.
func otherVersion(capability string, names []string) string {
	cut := func(s string) string { return s[:strings.LastIndexByte(s, '~')+1] }
	for _, n := range names {
		if nt.Equal(cut(n), cut(capability)) && (strings.HasSuffix(n, "~") || strings.HasSuffix(capability, "~")) {
			return n
		}
	}
	return ""
}

// belongs tells by the name of a cabinet whether it is likely to be of a capability:
// cabinets of languages are called Microsoft-Windows-LanguageFeatures-Basic-de-de-Package~…,
// those of others mostly like the capability, with hyphens for dots.
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

// within tells whether a list holds another one, without gaps.
func within(list, part []string) bool {
	for i := 0; i+len(part) <= len(list); i++ {
		if slices.Equal(list[i:i+len(part)], part) {
			return true
		}
	}
	return false
}
