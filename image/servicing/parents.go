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

// maxManifest is the size of the largest manifest: that of Windows itself has a
// few megabytes.
const maxManifest = 32 << 20

// FeatureParents returns the names of the features that must be enabled before
// one is, as the manifest of its package tells; none if it tells of none or is
// not in the image. A package can leave it to the one it is for to list its
// features, so where the manifests of those that list the feature do not hold it,
// it is looked for in the others.
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
			return parents, nil // what can't be read says nothing of this feature
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

// likely are the packages that may hold a feature which others list, first those with
// most words of its name in theirs: there are thousands.
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

// onDisk tells whether the image holds the manifest of a package of the state.
func (s State) onDisk() bool { return s == Staged || s.Held() }

// parentsIn looks for a feature in the manifest of a package. With quick, one that does
// not have its name anywhere is not taken apart, unless it is in UTF-16.
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
