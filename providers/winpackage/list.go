package winpackage

import (
	"context"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// list returns every package that the image records.
func list(ctx context.Context, s image.Session) ([]pkg, error) {
	found, _, err := servicing.Packages(ctx, s)
	if err != nil {
		return nil, err
	}
	all := make([]pkg, len(found))
	for i, p := range found {
		all[i] = row(p)
	}
	return all, nil
}

// row is a package as the image records it.
func row(p servicing.Package) pkg {
	state := p.State.String()
	out := pkg{
		Identity: &p.Identity, KB: providers.Known(p.KB), State: &state, Visible: p.Visible,
		ReleaseType: providers.Known(p.ReleaseType), Client: providers.Known(p.Client),
	}
	if p.State != servicing.NoState {
		out.StateCode = new(int64(p.State))
	}
	if !p.InstallTime.IsZero() {
		out.InstallTime = providers.Known(p.InstallTime.UTC().Format(time.RFC3339))
	}
	if p.ID.Name != "" {
		out.Arch, out.Version = providers.Known(strings.ToLower(p.ID.Architecture)), providers.Known(p.ID.Version)
		kind := msu.KindOf(p.ID.Name, p.ReleaseType)
		if kind != msu.Other || p.ReleaseType != "" && p.ReleaseType != servicing.Unknown {
			out.Kind = new(kindNames[kind])
		}
	}
	return out
}
