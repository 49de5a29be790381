package winpackage

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
)

// firstCheckpointed is the first build with checkpoint cumulative updates ("Checkpoint cumulative
// updates and Microsoft Update Catalog usage").
const firstCheckpointed = 26100

// checkpoint is a checkpoint cumulative update: one that another cumulative update builds on. It
// has nothing to do with gild's checkpoints.
type checkpoint struct {
	name, version string
}

// findCheckpoints finds the checkpoint cumulative updates of an update: those that the author
// names, or those in its folder.
func (p *pkg) findCheckpoints(ctx context.Context, host providers.Host, main *msu.Package) error {
	found, err := p.namedCheckpoints(host, main)
	if p.Checkpoints == nil && err == nil {
		found, err = p.besideCheckpoints(host, main)
	}
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b checkpoint) int { return msu.CompareVersions(a.version, b.version) })
	for _, c := range found {
		sum, err := packagefile.Digest(ctx, host, "checkpoints", c.name)
		if err != nil {
			return err
		}
		p.CheckpointFiles = append(p.CheckpointFiles, c.name)
		p.CheckpointDigests = append(p.CheckpointDigests, sum)
		if p.Requires != nil && msu.CompareVersions(c.version, *p.Requires) >= 0 {
			p.Requires = nil // it is copied, too
		}
	}
	return nil
}

func (p *pkg) namedCheckpoints(host providers.Host, main *msu.Package) ([]checkpoint, error) {
	var found []checkpoint
	for _, name := range p.Checkpoints {
		packages, err := packagefile.Inspect(host, "checkpoints", name)
		if err != nil {
			return nil, err
		}
		c := mainOf(packages)
		if !before(c, main) {
			return nil, providers.Problemf("checkpoints", "Not a checkpoint", "%s is a %s, %s. %s can only build on a cumulative update with a lower version for the same build and architecture.", name, c.Kind, c.Identity, *p.Source)
		}
		found = append(found, checkpoint{name, c.Identity.Version})
	}
	return found, nil
}

// besideCheckpoints finds cumulative updates in the folder of the update. It ignores other files
// and files that can't be read, as the author did not name them.
func (p *pkg) besideCheckpoints(host providers.Host, main *msu.Package) ([]checkpoint, error) {
	builds := main.Builds()
	if !isMSU(*p.Source) || len(builds) != 1 || builds[0] < firstCheckpointed {
		return nil, nil
	}
	folder := address.Dir(*p.Source)
	if folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Dir(host.Path(*p.Source)))
	if err != nil {
		return nil, err
	}
	var found []checkpoint
	for _, e := range entries {
		name := address.Join(folder, e.Name())
		if !isMSU(name) || !regular.Entry(host.Path(name), e).Type().IsRegular() {
			continue
		}
		packages, err := msu.Inspect(host.Path(name))
		if err != nil {
			continue
		}
		if c := mainOf(packages); before(c, main) {
			found = append(found, checkpoint{name, c.Identity.Version})
		}
	}
	return found, nil
}

func isMSU(name string) bool { return strings.EqualFold(path.Ext(address.Name(name)), ".msu") }

// before reports whether an update is an earlier one for the same Windows.
func before(c, main *msu.Package) bool {
	return c.Kind == msu.Cumulative && slices.Equal(c.Builds(), main.Builds()) &&
		strings.EqualFold(c.Identity.Architecture, main.Identity.Architecture) &&
		msu.CompareVersions(c.Identity.Version, main.Identity.Version) < 0
}
