package capability

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/packagefile"
	"github.com/gildhq/gild/providers/payload"
)

// files are the files of a folder that the capability needs, and what the folder says of it.
func files(ctx context.Context, host providers.Host, folder, name string) (image.Payload, *packagefile.Capability, error) {
	r, err := packagefile.OpenRepository(ctx, host, "source", folder)
	if err != nil {
		return image.Payload{}, nil, err
	}
	found, err := r.Find(ctx, name)
	if err != nil {
		return image.Payload{}, nil, err
	}
	p, err := payload.Folder(ctx, host, "source", folder, func(file string) bool {
		return slices.Contains(found.Files, file) || metadata(file)
	})
	return p, found, err
}

// describe fills in what the folder says of the capability.
func (c *capability) describe(p image.Payload, found *packagefile.Capability) {
	id, file := p.ID(), address.Join(*c.Source, found.File)
	c.Digest, c.File, c.Arch, c.Builds, c.For = &id, &file, &found.Arch, found.Builds, found.Parents
	c.Files = nil
	for _, f := range p.Files {
		c.Files = append(c.Files, address.Join(*c.Source, f.Name))
	}
}

// metadata reports whether a file is metadata of a repository.
func metadata(file string) bool {
	file = strings.ToLower(file)
	return strings.HasPrefix(path.Base(file), "fodmetadata") || strings.HasPrefix(file, "metadata/") || strings.Contains(file, "/metadata/")
}
