package dismemu

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/cbs"
)

// Where Windows records that a scan found corruption in the component store.
const (
	components       = `HKLM\COMPONENTS`
	corruptTimestamp = "StoreCorruptTimeStamp"
)

// verdict prints the state of the component store.
func verdict(r *run, img *serviced, damaged bool) {
	switch {
	case img.records().Unserviceable():
		r.out.line("The component store cannot be repaired.")
	case damaged:
		r.out.line("The component store is repairable.")
	default:
		r.out.line("No component store corruption detected.")
	}
}

// checkHealth reports the result of an earlier scan.
func checkHealth(r *run) error {
	return r.inspect(func(img *serviced) error {
		_, err := img.registry.Value(components, corruptTimestamp)
		verdict(r, img, err == nil)
		return nil
	})
}

// scanHealth scans the store, and records the result if the image is writable.
func scanHealth(r *run) error {
	dir, _ := r.args.get("Image")
	table, err := r.mounts.list()
	if err != nil {
		return err
	}
	i := at(table, dir)
	write := i < 0 || !table[i].ReadOnly
	return r.withImage(write, func(img *serviced) error {
		damaged, err := img.records().Damage()
		if err != nil {
			return err
		}
		if write {
			if err := recordHealth(r, img, len(damaged) > 0); err != nil {
				return err
			}
		}
		r.out.progress()
		verdict(r, img, len(damaged) > 0)
		return nil
	})
}

func recordHealth(r *run, img *serviced, damaged bool) error {
	if img.registry.Writable(components) != nil {
		return nil // the image has no hive COMPONENTS
	}
	if !damaged {
		return gone(img.registry.DeleteValue(components, corruptTimestamp))
	}
	now := hive.EncodeUint64(uint64(nt.TimeOf(r.now())))
	return img.registry.SetValue(components, image.Value{Name: corruptTimestamp, Type: hive.RegQword, Data: now})
}

// restoreHealth restores missing files from the sources.
func restoreHealth(r *run) error {
	return r.service(func(img *serviced) error {
		damaged, err := img.records().Damage()
		if err != nil {
			return err
		}
		sources, err := openSources(r)
		defer func() {
			for _, s := range sources {
				_ = s.close()
			}
		}()
		if err != nil {
			return err
		}
		r.out.progress()
		for i, f := range damaged {
			if i > 0 {
				if err := r.midway(nil); err != nil {
					return err
				}
			}
			if err := restore(r, img, sources, f); err != nil {
				return err
			}
		}
		if err := recordHealth(r, img, false); err != nil {
			return err
		}
		r.out.line("The restore operation completed successfully.")
		return nil
	})
}

// restore restores one file.
func restore(r *run, img *serviced, sources []source, f cbs.Damage) error {
	for _, s := range sources {
		data, err := s.read(f.Thing)
		if err == nil && len(data) > 0 {
			return img.write(f.Thing, data)
		}
	}
	if len(sources) == 0 && !r.args.has("LimitAccess") {
		return known(errDownload)
	}
	return known(errSourceMissing)
}

// source provides files of Windows.
type source struct {
	read  func(name string) ([]byte, error)
	close func() error
}

// openSources opens the sources in /Source: folders, or wim:FILE:INDEX.
func openSources(r *run) ([]source, error) {
	var list []source
	for _, text := range r.args.all("Source") {
		s, err := openSource(r, text)
		if err != nil {
			return list, err
		}
		list = append(list, s)
	}
	return list, nil
}

func openSource(r *run, text string) (source, error) {
	kind, rest, _ := strings.Cut(text, ":")
	if kind = strings.ToLower(kind); kind != "wim" && kind != "esd" {
		return folderSource(text), nil
	}
	i := strings.LastIndexByte(rest, ':')
	index, err := strconv.Atoi(rest[i+1:])
	if i < 0 || err != nil {
		return source{}, fail(errParameter, "The source %s is not written as wim:FILE:INDEX.", text)
	}
	f, err := openFile(rest[:i])
	if err != nil {
		return source{}, err
	}
	img, err := f.Image(index)
	if err != nil {
		err = known(errNoIndex, text)
		return source{}, errors.Join(err, f.Close())
	}
	return source{read: img.ReadFile, close: f.Close}, nil
}

// folderSource reads from the folder Windows of a mounted image, or from its parent.
func folderSource(dir string) source {
	read := func(name string) ([]byte, error) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, "Windows/"))))
		if errors.Is(err, fs.ErrNotExist) {
			data, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		}
		return data, err
	}
	return source{read: read, close: func() error { return nil }}
}
