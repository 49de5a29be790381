package hosts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// maxSize limits the file that is read; lists that block advertisements have a few
// million bytes.
const maxSize = 64 << 20

// load reads the file. A missing file is empty.
func load(s image.Session) (files image.Files, t text, err error) {
	if files, err = providers.Need[image.Files](s, image.CanFiles); err != nil {
		return nil, t, err
	}
	meta, err := files.Meta(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return files, t, nil
	case err != nil:
		return nil, t, err
	case meta.Attributes&image.ReparsePoint != 0:
		return nil, t, odd("is a link")
	}
	data, err := providers.Content(files, file, maxSize, "names", odd)
	if err != nil {
		return nil, t, err
	}
	if t, err = parse(data); err != nil {
		return nil, t, odd(err.Error())
	}
	return files, t, nil
}

func odd(is string) error {
	return &providers.Problem{Summary: "Can't read the file hosts", Detail: fmt.Sprintf("In the image, %s %s.", file, is)}
}

func read(_ context.Context, s image.Session, want host) (*host, error) {
	_, t, err := load(s)
	if err != nil {
		return nil, err
	}
	wanted := ""
	if want.Address != nil {
		wanted = *want.Address
	}
	return t.find(want.Hostname, wanted), nil
}

// list returns every name of every line.
func list(_ context.Context, s image.Session) ([]host, error) {
	_, t, err := load(s)
	if err != nil {
		return nil, err
	}
	var all []host
	for _, line := range t.lines {
		e := entryOf(line)
		for _, n := range e.names {
			all = append(all, *e.host(n.name))
		}
	}
	return all, nil
}

func apply(_ context.Context, s image.Session, _ providers.Host, c providers.TypedChange[host]) error {
	files, t, err := load(s)
	if err != nil {
		return err
	}
	before := t.String()
	switch {
	case c.Action == providers.Delete:
		t.remove(c.Want.Hostname)
	case !t.says(c.Want):
		t.set(c.Want)
	}
	after := t.String()
	if after == before {
		return nil
	}
	return providers.WriteContent(files, file, []byte(after))
}
