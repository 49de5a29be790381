package firstboot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/image"
)

// bring copies the files of payloads into the image that are not there yet.
func (q *Queue) bring(list []image.Payload) error {
	if len(list) == 0 {
		return nil
	}
	if err := q.makeFolders(); err != nil {
		return err
	}
	for _, p := range list {
		folder := p.Folder()
		for _, f := range p.Files {
			if err := q.bringFile(path.Join(folder, f.Name), f); err != nil {
				return fmt.Errorf("payload %q: %w", f.Name, err)
			}
		}
	}
	return nil
}

func (q *Queue) bringFile(name string, f image.PayloadFile) error {
	if same, err := q.holds(name, f); same || err != nil {
		return err
	}
	if f.Open == nil {
		return fmt.Errorf("is not in the image: %w", fs.ErrNotExist)
	}
	if err := q.files.MkdirAll(path.Dir(name), image.Meta{}); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	err = q.files.WriteFile(name, &checked{from: r, hash: sha256.New(), file: f}, image.Meta{})
	return errors.Join(err, r.Close())
}

// holds reports whether the image has a file with the content already.
func (q *Queue) holds(name string, f image.PayloadFile) (bool, error) {
	info, err := q.files.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.IsDir() || info.Size() != f.Size {
		return false, err
	}
	r, err := q.files.Open(name)
	if err != nil {
		return false, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return false, err
	}
	return hex.EncodeToString(h.Sum(nil)) == f.SHA256, nil
}

// checked is content that ends in an error if it does not match its digest, so that
// none of it is kept.
type checked struct {
	from io.Reader
	hash hash.Hash
	n    int64
	file image.PayloadFile
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	if c.n > c.file.Size || err == io.EOF && (c.n != c.file.Size || hex.EncodeToString(c.hash.Sum(nil)) != c.file.SHA256) {
		return 0, errors.New("the file was changed since the plan was made; plan again")
	}
	return n, err
}

// complete reports whether the image holds all files of payloads, by name and size.
func (q *Queue) complete(list []image.Action) (bool, error) {
	for _, a := range list {
		for _, p := range a.Payloads {
			folder := p.Folder()
			for _, f := range p.Files {
				info, err := q.files.Stat(path.Join(folder, f.Name))
				if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != f.Size {
					return false, nil
				}
				if err != nil {
					return false, err
				}
			}
		}
	}
	return true, nil
}

func payloadIDs(list []image.Action) map[string]bool {
	ids := map[string]bool{}
	for _, a := range list {
		for _, p := range a.Payloads {
			ids[p.ID()] = true
		}
	}
	return ids
}
