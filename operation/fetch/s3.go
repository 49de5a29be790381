package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/gildhq/gild/ground/address"
)

// stored is an object of an S3 server; its revisions are versions, or ETags of buckets
// that keep none.
type stored struct {
	f           *Fetcher
	a           address.Address
	bucket, key string
}

// ofAWS is the server if neither the address nor the environment names one.
const ofAWS = "https://s3.amazonaws.com"

// located is an address with the server that the environment names, as it names it for
// the programs of AWS.
func (f *Fetcher) located(a address.Address) (address.Address, error) {
	if a.Scheme != address.S3 || a.URL.Scheme != "s3" {
		return a, nil
	}
	endpoint := cmp.Or(f.getenv("AWS_ENDPOINT_URL_S3"), f.getenv("AWS_ENDPOINT_URL"), ofAWS)
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return a, errors.New("AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is not the URL of a server")
	}
	if u.Scheme == "http" && !address.Loopback(u) && a.SHA256 == "" {
		return a, fmt.Errorf("the server that the environment names, %s, protects nothing on its way; use https://, or say with ?checksum=sha256:… what it must be", address.ShownURL(u))
	}
	a.URL = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + a.URL.Host + a.URL.Path}
	return a, nil
}

func (f *Fetcher) stored(a address.Address) *stored {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(a.URL.Path, "/"), "/")
	return &stored{f: f, a: a, bucket: bucket, key: key}
}

func (o *stored) client() (*minio.Core, error) {
	region := cmp.Or(o.f.getenv("AWS_REGION"), o.f.getenv("AWS_DEFAULT_REGION"))
	if region == "" && "https://"+o.a.URL.Host != ofAWS {
		region = "us-east-1" // which other servers take for any
	}
	opts := &minio.Options{
		Secure: o.a.URL.Scheme == "https", Transport: polite{o.f}, Region: region, MaxRetries: 1,
		Creds: credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}}),
	}
	if !private(o.a.URL) {
		opts.Creds = credentials.NewStaticV4("", "", "") // what is signed can be read
	}
	c, err := minio.NewCore(o.a.URL.Host, opts)
	if err != nil {
		return nil, fmt.Errorf("%s is no server of S3", o.a.URL.Host)
	}
	return c, nil
}

func explainS3(err error) error {
	refused, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok || errors.As(err, new(*passing)) {
		return classify(err)
	}
	if refused.StatusCode == 0 { // of the library, which did not understand the answer
		return errors.New(refused.Message)
	}
	err = fmt.Errorf("the server answers %s (%d)", refused.Code, refused.StatusCode)
	switch refused.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusBadRequest:
		return fmt.Errorf("%w; credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile that AWS_PROFILE names", err)
	case http.StatusNotFound:
		return fmt.Errorf("%w; see whether the address is right", err)
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return errChanged
	}
	return err
}

func (o *stored) revision(ctx context.Context) (revision string, err error) {
	c, err := o.client()
	if err != nil {
		return "", err
	}
	err = o.f.retry(ctx, o.a.Shown(), func() (int64, error) {
		info, err := c.StatObject(ctx, o.bucket, o.key, minio.StatObjectOptions{VersionID: o.a.Ref})
		if err != nil {
			return 0, explainS3(err)
		}
		revision = cmp.Or(info.VersionID, info.ETag)
		return 0, nil
	})
	return revision, err
}

func (o *stored) fetch(ctx context.Context, _, dir, keep string) (string, error) {
	c, err := o.client()
	if err != nil {
		return "", err
	}
	return o.a.Base(), o.f.download(ctx, o.a.Shown(), filepath.Join(dir, o.a.Base()), keep, func(ctx context.Context, have int64, valid string) (*opened, error) {
		opts := minio.GetObjectOptions{VersionID: o.a.Ref}
		if have > 0 {
			if err := errors.Join(opts.SetRange(have, 0), opts.SetMatchETag(valid)); err != nil {
				return nil, err
			}
		}
		body, info, header, err := c.GetObject(ctx, o.bucket, o.key, opts)
		if err != nil {
			return nil, explainS3(err)
		}
		got := &opened{body: body, total: info.Size, valid: info.ETag}
		if header.Get("Content-Range") != "" {
			var ok bool
			if got.from, got.total, ok = contentRange(header); !ok || got.from != have {
				return nil, errors.Join(errChanged, body.Close())
			}
		}
		return got, nil
	})
}
