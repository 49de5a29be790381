package work_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gildhq/gild/ground/work"
)

// endless is content without an end; what is called before each read may end the context.
type endless struct{ before func() }

func (e endless) Read(p []byte) (int, error) {
	e.before()
	return len(p), nil
}

func TestCopyEndsWithItsContext(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	reads := 0
	_, err := work.Copy(ctx, io.Discard, endless{func() {
		if reads++; reads == 3 {
			stop(stopped)
		}
	}})
	if !errors.Is(err, context.Canceled) || reads != 3 {
		t.Errorf("%v after %d reads", err, reads)
	}
}

// TestCopyToFile: a file would copy by itself, and not look at the context.
func TestCopyToFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if n, err := work.Copy(ctx, f, strings.NewReader("text")); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := work.Copy(t.Context(), f, bytes.NewReader(make([]byte, 3<<20))); n != 3<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestEach(t *testing.T) {
	odd := errors.New("odd")
	var sum, now, most atomic.Int64
	err := work.Each(t.Context(), 1000, 4, func(i int) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		sum.Add(int64(i))
		if i == 7 || i == 9 {
			return odd
		}
		return nil
	})
	if sum.Load() != 999*500 || most.Load() > 4 || !errors.Is(err, odd) || err.Error() != "odd\nodd" {
		t.Errorf("sum %d, at most %d at once, %v", sum.Load(), most.Load(), err)
	}
	if err := work.Each(t.Context(), 0, 4, nil); err != nil {
		t.Error(err)
	}
}

func TestEachEndsWithItsContext(t *testing.T) {
	first := errors.New("the first")
	ctx, stop := context.WithCancelCause(t.Context())
	done := 0
	err := work.Each(ctx, 1000, 1, func(i int) error {
		if done++; i == 2 {
			stop(first)
		}
		return errors.New("another")
	})
	if err != first || done != 3 {
		t.Errorf("%v after %d", err, done)
	}
}
