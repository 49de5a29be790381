package image_test

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
)

func TestRemedyOf(t *testing.T) {
	full, passing, wrong := syscall.Errno(28), syscall.ETIMEDOUT, syscall.ENOENT // ENOSPC
	if runtime.GOOS == "windows" {
		full, passing, wrong = 112, 64, 2
	}
	for _, tt := range []struct {
		err  error
		want image.Remedy
	}{
		{errors.New("a mistake"), image.RemedyNone},
		{&fs.PathError{Op: "read", Path: "x", Err: passing}, image.RemedyRedo},
		{fmt.Errorf("payload: %w", &fs.PathError{Op: "open", Path: "x", Err: passing}), image.RemedyRedo},
		{&fs.PathError{Op: "write", Path: "x", Err: passing}, image.RemedyNone},
		{&fs.PathError{Op: "open", Path: "x", Err: wrong}, image.RemedyNone},
		{&fs.PathError{Op: "write", Path: "x", Err: full}, image.RemedyRoom},
	} {
		if got := image.RemedyOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestAgain(t *testing.T) {
	var told []image.Attempt
	r := image.Retry{Attempts: 4, Backoff: time.Millisecond, Tell: func(a image.Attempt) { told = append(told, a) }}
	n := 1
	for r.Again(t.Context(), n, errors.New("busy")) {
		n++
	}
	if n != 4 || len(told) != 3 || told[2].Wait != 4*time.Millisecond || told[2].N != 4 || told[2].Of != 4 {
		t.Errorf("%d attempts, told %+v", n, told)
	}
}
