package servicing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// maxManifest is the size of the largest manifest: that of Windows itself has a few
// megabytes. In bytes.
const maxManifest = 32 << 20

// FeatureParents returns the names of the features that must be enabled before a
// feature, from the manifest of its package; none if the manifest names none or is not
// in the image. The manifest with the feature may be that of another package than the
// one that lists it, so if the packages that list the feature do not have it, all
// others are searched.
func FeatureParents(ctx context.Context, s image.Session, f Feature) ([]string, error) {
	files, ok := image.As[image.Files](s)
	if !ok {
		return nil, fmt.Errorf("the image gives no access to its %s", image.CanFiles)
	}
	parents, err := image.Once(s, parentsOf{f.Name, strings.Join(f.Listed, "\n")}, func() ([]string, error) {
		return featureParents(ctx, s, files, f)
	}, image.CanRegistry, image.CanFiles)
	return slices.Clone(parents), err
}

func featureParents(ctx context.Context, s image.Session, files image.Files, f Feature) ([]string, error) {
	for _, identity := range f.Listed {
		if parents, found, err := parentsIn(files, identity, f.Name, false); found || err != nil {
			return parents, err
		}
	}
	if f.Package == "" {
		return nil, nil
	}
	all, _, err := Recorded(ctx, s)
	if err != nil {
		return nil, err
	}
	there, err := image.Once(s, manifestFiles{}, func() (map[string]bool, error) { return listManifests(files) }, image.CanFiles)
	if err != nil {
		return nil, err
	}
	for _, identity := range likely(all, there, f) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if parents, found, err := parentsIn(files, identity, f.Name, true); found && err == nil {
			return parents, nil // an unreadable manifest does not concern this feature
		}
	}
	return nil, nil
}

// listManifests returns the identities, folded, that have a manifest in the image.
func listManifests(files image.Files) (map[string]bool, error) {
	entries, err := files.ReadDir(strings.TrimSuffix(manifests, "/"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	there := make(map[string]bool, len(entries)/2)
	for _, e := range entries {
		if identity, ok := strings.CutSuffix(nt.Fold(e.Name()), ".MUM"); ok {
			there[identity] = true
		}
	}
	return there, nil
}

// likely returns the packages that may have a feature that others list. There are
// thousands, so those that share most words with the feature's name come first.
func likely(all []Package, there map[string]bool, f Feature) []string {
	words := strings.Split(nt.Fold(f.Name), "-")
	shared := map[string]int{}
	var list []string
	for _, p := range all {
		if !p.State.onDisk() || !there[nt.Fold(p.Identity)] || !p.holdsFeatures() || slices.Contains(f.Listed, p.Identity) {
			continue
		}
		name, _, _ := strings.Cut(nt.Fold(p.Identity), "~")
		for _, w := range strings.Split(name, "-") {
			if slices.Contains(words, w) {
				shared[p.Identity]++
			}
		}
		list = append(list, p.Identity)
	}
	slices.SortStableFunc(list, func(a, b string) int { return shared[b] - shared[a] })
	return list
}

// onDisk reports whether the image has the manifest of a package in this state.
func (s State) onDisk() bool { return s == Staged || s.Held() }

// parentsIn looks for a feature in the manifest of a package. With quick, a manifest
// without the name anywhere is not parsed, unless it is in UTF-16.
func parentsIn(files image.Files, identity, feature string, quick bool) (parents []string, found bool, err error) {
	name, err := image.CleanPath(manifests + identity + ".mum")
	if err != nil {
		return nil, false, err
	}
	r, err := files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return nil, false, err
	}
	if quick && !bytes.Contains(data, []byte{0}) && !bytes.Contains(bytes.ToUpper(data), bytes.ToUpper([]byte(feature))) {
		return nil, false, nil
	}
	p, err := msu.ParseMUM(data)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", name, err)
	}
	for _, u := range p.Updates {
		if nt.Equal(u.Name, feature) {
			own := func(parent string) bool { return nt.Equal(parent, feature) }
			return slices.DeleteFunc(slices.Clone(u.Parents), own), true, nil
		}
	}
	return nil, false, nil
}
