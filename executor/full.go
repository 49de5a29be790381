package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// FullError is the error for a full disk. The file that was being written is removed.
type FullError struct {
	Dir    string // the folder that gild wrote to
	Volume string // the mount point of the disk
	Free   int64  // bytes free there now
	Need   int64  // bytes that may be needed there; 0: not known
	Remedy string
	Err    error
}

func (e *FullError) Error() string {
	need := ""
	if e.Need > 0 {
		need = fmt.Sprintf(", and up to %s may be needed", size.Text(e.Need))
	}
	return fmt.Sprintf("%v; the disk of %s (%s) has %s free%s; %s", e.Err, e.Dir, e.Volume, size.Text(e.Free), need, e.Remedy)
}

func (e *FullError) Unwrap() error { return e.Err }

// ifFull adds to the error for a full disk which disk it is and what to do.
func (r *run) ifFull(err error) error {
	if err == nil || image.RemedyOf(err) != image.RemedyRoom {
		return err
	}
	dir, need, remedy := r.Store, r.storeNeed(), "free space there, or set GILD_DATA_DIR to a folder on another disk"
	if path := pathOf(err); path != "" && !within(r.Store, path) {
		dir = filepath.Dir(path)
		if within(filepath.Dir(r.img.Output), path) && r.img.Target == "" {
			need, remedy = outputOf(r.img, r.payloads()).Most(), "free space there, or set output to a file on another disk"
		} else {
			need, remedy = 0, "free space there"
		}
	}
	v, unknown := volume.Of(dir)
	if unknown != nil {
		return err
	}
	remedy += fmt.Sprintf(", and run apply again: %d of %d steps are kept", r.sealed, len(r.img.Steps))
	if r.img.Target == "" {
		remedy += ", and the output is as it was"
	}
	return &FullError{Dir: dir, Volume: v.Root, Free: v.Free, Need: need, Remedy: remedy, Err: err}
}

// pathOf returns the file on this machine that an error names, if any. It is not the file in the
// image whose content was written.
func pathOf(err error) (path string) {
	for err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			path, err = e.Path, e.Err
		} else if e, ok := errors.AsType[*os.LinkError](err); ok {
			path, err = e.New, e.Err
		} else {
			break
		}
	}
	return path
}

// within reports whether a path is a folder or inside it.
func within(dir, path string) bool {
	dir, errDir := filepath.Abs(dir)
	path, errPath := filepath.Abs(path)
	rel, err := filepath.Rel(dir, path)
	return errors.Join(errDir, errPath, err) == nil && filepath.IsLocal(rel)
}

// outputOf returns what determines the size of an output.
func outputOf(img *planner.Image, payloads int64) scratch.Made {
	return scratch.Made{
		Source: img.Info.FileBytes, Content: img.Info.Bytes, Files: img.Info.Files, Hives: img.Info.Hives, Payloads: payloads, Steps: len(img.Steps),
		Recompressed: img.Export.Compression != "",
	}
}

// OutputRoom returns the most bytes that the output of an image can take, given the bytes of its
// payloads.
func OutputRoom(img *planner.Image, payloads int64) int64 { return outputOf(img, payloads).Most() }

// storeNeed returns the bytes that checkpoints can take: payloads, and what servicing adds.
func (r *run) storeNeed() int64 {
	need := r.payloads()
	if slices.Contains(r.backend.Offers(), image.CanService) {
		need += scratch.Working(r.img.Info.FileBytes, need)
	}
	return need
}

// payloads returns the bytes of all payloads of the image.
func (r *run) payloads() (sum int64) {
	for _, path := range r.payloadPaths() {
		sum += scratch.Size(path)
	}
	return sum
}
