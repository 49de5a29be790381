package winpackage

import (
	"context"
	"fmt"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/payload"
)

// stage returns what to copy into an image whose cumulative update is of the given version: the
// file, and those of its checkpoint cumulative updates that the image lacks. DISM finds these in
// the folder, and fails if a command names them.
func (p *pkg) stage(ctx context.Context, host providers.Host, held string) (packagefile.Staged, error) {
	out, err := packagefile.Stage(ctx, host, "source", *p.Source, *p.Digest)
	if err != nil || len(p.CheckpointFiles) == 0 {
		return out, err
	}
	if out, err = packagefile.StageFile(ctx, host, *p.Source, "package"); err != nil {
		return out, err
	}
	for i, name := range p.CheckpointFiles {
		packages, err := msu.Inspect(host.Path(name))
		if err != nil {
			return out, err
		}
		if held != "" && msu.CompareVersions(mainOf(packages).Identity.Version, held) <= 0 {
			continue
		}
		c, err := packagefile.StageFile(ctx, host, name, fmt.Sprintf("checkpoint-%d", i+1))
		if err == nil {
			err = payload.Planned(name, p.CheckpointDigests[i], c.Payload.Files[0].SHA256)
		}
		if err != nil {
			return out, err
		}
		out.Payload.Files = append(out.Payload.Files, c.Payload.Files...)
	}
	return out, nil
}
