package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// artefact is an artefact of an OCI registry; its revisions are digests of manifests.
type artefact struct {
	f *Fetcher
	a address.Address
}

// maxManifest is the size of the largest manifest: registries take no larger ones
// (OCI Distribution Specification, "Pushing Manifests").
const maxManifest = 4 << 20

func (o *artefact) repository() (*remote.Repository, error) {
	repo, err := remote.NewRepository(o.a.URL.Host + o.a.URL.Path)
	if err != nil {
		return nil, err
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("the logins of registries, in Docker's configuration: %w", err)
	}
	client := &auth.Client{
		Client:     &http.Client{Transport: polite{o.f}, CheckRedirect: redirected},
		Credential: credentials.Credential(store), Cache: auth.NewCache(),
	}
	if address.Loopback(o.a.URL) {
		repo.PlainHTTP, client.BlockedRealmPrefixes = true, []netip.Prefix{}
	}
	repo.Client = client
	return repo, nil
}

// ask tries something again as long as that makes sense.
func (o *artefact) ask(ctx context.Context, do func(*remote.Repository) error) error {
	repo, err := o.repository()
	if err != nil {
		return err
	}
	return o.f.retry(ctx, o.a.Shown(), func() (int64, error) { return 0, explainOCI(do(repo)) })
}

func explainOCI(err error) error {
	refused, ok := errors.AsType[*errcode.ErrorResponse](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errdef.ErrNotFound):
		return errors.New("the registry has no such artefact; see whether the address is right")
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return errors.New("the registry wants a login; logins come from Docker's configuration, as docker login writes it")
	case ok && (refused.StatusCode == http.StatusUnauthorized || refused.StatusCode == http.StatusForbidden):
		return fmt.Errorf("the registry answers %d %s; logins come from Docker's configuration, as docker login writes it",
			refused.StatusCode, http.StatusText(refused.StatusCode))
	case ok:
		return fmt.Errorf("the registry answers %d %s", refused.StatusCode, http.StatusText(refused.StatusCode))
	}
	return classify(err)
}

func (o *artefact) revision(ctx context.Context) (revision string, err error) {
	if o.a.Ref == "" {
		return "", errors.New("it names neither a tag nor a digest; write oci://HOST/REPOSITORY:TAG")
	}
	err = o.ask(ctx, func(repo *remote.Repository) error {
		d, err := repo.Resolve(ctx, o.a.Ref)
		revision = d.Digest.String()
		return err
	})
	return revision, err
}

// versions are the names of tags.
func (o *artefact) versions(ctx context.Context) (tags []string, err error) {
	err = o.ask(ctx, func(repo *remote.Repository) error {
		tags = nil
		return repo.Tags(ctx, "", func(some []string) error {
			tags = append(tags, some...)
			return nil
		})
	})
	return tags, err
}

func (o *artefact) fetch(ctx context.Context, revision, dir, keep string) (string, error) {
	files, err := o.files(ctx, revision)
	if err != nil {
		return "", err
	}
	base := o.a.Base()
	if len(files) == 1 && !strings.Contains(files[0].name, "/") {
		return files[0].name, o.blob(ctx, files[0], filepath.Join(dir, files[0].name), keep)
	}
	if err := os.Mkdir(filepath.Join(dir, base), 0o777); err != nil {
		return "", err
	}
	for _, f := range files {
		to := filepath.Join(dir, base, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return "", err
		}
		if _, err := os.Lstat(to); err == nil {
			return "", fmt.Errorf("the artefact has %s twice", f.name)
		}
		if err := o.blob(ctx, f, to, keep); err != nil {
			return "", err
		}
	}
	return base, nil
}

// part is a file of an artefact.
type part struct {
	name string // with slashes
	desc ocispec.Descriptor
}

// files lists what the manifest has.
func (o *artefact) files(ctx context.Context, revision string) ([]part, error) {
	var m ocispec.Manifest
	err := o.ask(ctx, func(repo *remote.Repository) error {
		d, err := repo.Resolve(ctx, revision)
		if err != nil {
			return err
		}
		if d.Size > maxManifest {
			return fmt.Errorf("its manifest has %d bytes", d.Size)
		}
		in, err := repo.Fetch(ctx, d)
		if err != nil {
			return err
		}
		data, err := content.ReadAll(in, d) // which compares the digest
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
		if d.MediaType != ocispec.MediaTypeImageManifest {
			return fmt.Errorf("it is %s, and no artefact with files; name one of those in it by its digest", d.MediaType)
		}
		return json.Unmarshal(data, &m)
	})
	if err != nil {
		return nil, err
	}
	if len(m.Layers) == 0 || len(m.Layers) > cache.MaxFiles {
		return nil, fmt.Errorf("the artefact has %d files", len(m.Layers))
	}
	var files []part
	for _, d := range m.Layers {
		name, err := o.name(d, len(m.Layers))
		if err != nil {
			return nil, err
		}
		files = append(files, part{name, d})
	}
	return files, nil
}

// archives are the media types of archives, which module registries use.
var archives = map[string]string{
	"archive/zip": ".zip", "application/zip": ".zip", "application/x-tar": ".tar", "application/gzip": ".tar.gz",
	ocispec.MediaTypeImageLayer: ".tar", ocispec.MediaTypeImageLayerGzip: ".tar.gz",
}

// name is that of a file: what oras has given it as title, or that of the artefact for an
// archive which is all there is.
func (o *artefact) name(d ocispec.Descriptor, of int) (string, error) {
	title := d.Annotations[ocispec.AnnotationTitle]
	if ext := archives[d.MediaType]; title == "" && of == 1 && ext != "" {
		return o.a.Base() + ext, nil
	}
	if title == "" {
		return "", fmt.Errorf("the artefact has a layer %s (%s) without the name of a file; make artefacts with oras push", d.Digest, d.MediaType)
	}
	if !fs.ValidPath(title) || title == "." {
		return "", fmt.Errorf("the artefact has a file %q, which leads out of its folder", title)
	}
	for one := range strings.SplitSeq(title, "/") {
		if address.FileName(one) != one {
			return "", fmt.Errorf("the artefact has a file %q, which not every system can name like that", title)
		}
	}
	if err := d.Digest.Validate(); err != nil || d.Digest.Algorithm() != "sha256" {
		return "", fmt.Errorf("the artefact has %s with a digest other than SHA-256", path.Base(title))
	}
	return title, nil
}

// blob fetches a file.
func (o *artefact) blob(ctx context.Context, p part, to, keep string) error {
	repo, err := o.repository()
	if err != nil {
		return err
	}
	own := filepath.Join(keep, p.desc.Digest.Encoded())
	if err := os.MkdirAll(own, 0o700); err != nil {
		return err
	}
	err = o.f.download(ctx, o.a.Shown(), to, own, func(ctx context.Context, have int64, _ string) (*opened, error) {
		got := &opened{total: p.desc.Size, valid: p.desc.Digest.String()}
		if have >= p.desc.Size && have > 0 {
			got.from, got.body = have, io.NopCloser(bytes.NewReader(nil))
			return got, nil
		}
		body, err := repo.Blobs().Fetch(ctx, p.desc)
		if err != nil {
			return nil, explainOCI(err)
		}
		if s, ok := body.(io.Seeker); ok && have > 0 {
			if _, err := s.Seek(have, io.SeekStart); err != nil {
				return nil, errors.Join(explainOCI(err), body.Close())
			}
			got.from = have
		}
		got.body = body
		return got, nil
	})
	if err != nil {
		return err
	}
	return o.verify(ctx, p, to)
}

// verify compares what came with the digest in the manifest.
func (o *artefact) verify(ctx context.Context, p part, name string) error {
	in, err := regular.Open(name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = work.Copy(ctx, sum, in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != p.desc.Digest.Encoded() {
		return fmt.Errorf("%w: the registry sent sha256:%s as %s, which is to be %s", ErrDigest, got, p.name, p.desc.Digest)
	}
	return nil
}
