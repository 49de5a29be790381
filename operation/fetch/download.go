package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/work"
)

// opened is a file that a server sends, or the rest of it.
type opened struct {
	body  io.ReadCloser
	from  int64  // where it begins: at what was asked for, or 0
	total int64  // -1: not known
	valid string // what the server calls exactly these bytes; empty: the rest can't be asked for
}

// opener asks a server for a file. If there are bytes already, of what the server calls
// valid, it asks for what is behind them.
type opener func(ctx context.Context, have int64, valid string) (*opened, error)

// errChanged is the error of an opener if there is no rest of what is there.
var errChanged = &passing{err: errors.New("the server has another content now")}

// download is a file that is being fetched, by this run or by several in turn.
type download struct {
	f           *Fetcher
	shown       string
	open        opener
	part, about string // files: what there is, and its state
	state       state
}

type state struct {
	Valid string `json:"valid"`
	Total int64  `json:"total"`
}

// download fetches a file to a path, and keeps what it has in the folder keep if it fails.
func (f *Fetcher) download(ctx context.Context, shown, to, keep string, open opener) error {
	part := filepath.Join(keep, filepath.Base(to)+".part")
	d := &download{f: f, shown: shown, open: open, part: part, about: part + ".json"}
	if err := f.retry(ctx, shown, func() (int64, error) { return d.try(ctx) }); err != nil {
		return err
	}
	return os.Rename(part, to)
}

// try fetches the file, or the rest of it, and returns how many bytes are there.
func (d *download) try(ctx context.Context) (int64, error) {
	out, err := os.OpenFile(d.part, os.O_RDWR|os.O_CREATE|regular.NoFollow(d.part), durable.Private)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	have := d.have(out)
	// The request ends when nothing comes any more.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	o, err := d.open(ctx, have, d.state.Valid)
	if errors.Is(err, errChanged) {
		d.state = state{}
		err = errors.Join(err, os.Remove(d.about))
	}
	if err != nil {
		return have, err
	}
	defer o.body.Close()
	if o.from != have || have == 0 {
		have, d.state = 0, state{Valid: o.valid, Total: o.total}
		if err := d.begin(out); err != nil {
			return 0, err
		}
	}
	return d.take(ctx, cancel, out, have, o.body)
}

// have returns how many bytes are there that can be used.
func (d *download) have(out *os.File) int64 {
	if d.state.Valid == "" {
		data, err := regular.Read(d.about, 1<<16)
		if err != nil || json.Unmarshal(data, &d.state) != nil || d.state.Valid == "" {
			d.state = state{}
			return 0
		}
	}
	info, err := out.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// begin prepares for all of the file.
func (d *download) begin(out *os.File) error {
	if limit := d.f.Cache.Limit(); d.state.Total > limit {
		return fmt.Errorf("the file has %d bytes, and the cache has room for %d; allow it more with GILD_CACHE_SIZE", d.state.Total, limit)
	}
	if err := out.Truncate(0); err != nil {
		return err
	}
	data, err := json.Marshal(d.state)
	if err != nil {
		return err
	}
	return durable.WriteFile(d.about, data)
}

// take adds what a server sends.
func (d *download) take(ctx context.Context, cancel context.CancelCauseFunc, out *os.File, have int64, body io.Reader) (int64, error) {
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return have, err
	}
	watch := time.AfterFunc(stalled, func() { cancel(&passing{err: fmt.Errorf("the server sent nothing for %s", stalled)}) })
	defer watch.Stop()
	in := &counted{r: io.LimitReader(body, d.f.Cache.Limit()-have+1), report: func(n int64) {
		watch.Reset(stalled)
		d.f.tell(Event{Address: d.shown, Done: have + n, Total: max(d.state.Total, 0)})
	}}
	n, err := work.Copy(ctx, out, in)
	have += n
	switch {
	case context.Cause(ctx) != nil:
		return have, context.Cause(ctx)
	case err != nil && in.failed != nil:
		return have, classify(err)
	case err != nil:
		return have, err // of the disk
	case have > d.f.Cache.Limit():
		return have, fmt.Errorf("the file has more than the %d bytes that the cache has room for; allow it more with GILD_CACHE_SIZE", d.f.Cache.Limit())
	case d.state.Total >= 0 && have != d.state.Total:
		return have, &passing{err: fmt.Errorf("the server sent %d of %d bytes", have, d.state.Total)}
	}
	return have, nil
}

// counted is a reader that reports how much was read, and knows its own error.
type counted struct {
	r      io.Reader
	n      int64
	report func(int64)
	failed error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.n += int64(n)
		c.report(c.n)
	}
	if err != nil && err != io.EOF {
		c.failed = err
	}
	return n, err
}
