package dismemu

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism/dismemu/cbs"
	"github.com/gildhq/gild/image/offline"
)

// serviced is the open image of /Image.
type serviced struct {
	image.Session
	files    image.Files
	registry image.Registry
	info     image.Info
}

// inspect opens the image for reading.
func (r *run) inspect(do func(*serviced) error) error { return r.withImage(false, do) }

// service opens the image for writing, and keeps the changes unless do fails.
func (r *run) service(do func(*serviced) error) error {
	return r.withImage(true, func(img *serviced) error {
		if img.records().Unserviceable() {
			return known(errUnserviceable)
		}
		return do(img)
	})
}

// records returns the servicing records of the image.
func (img *serviced) records() cbs.Image { return cbs.Image{Files: img.files, Registry: img.registry} }

func (r *run) withImage(write bool, do func(*serviced) error) error {
	dir, _ := r.args.get("Image")
	if !isDir(filepath.Join(dir, "Windows")) && !isDir(filepath.Join(dir, "WINDOWS")) {
		return fail(errPathNotFound, "Unable to access the image. Make sure that the image path and the Windows directory for the image exist and you have Read permissions on the folder.")
	}
	release, err := r.mounts.lock(dir)
	if err != nil {
		return err
	}
	defer release()
	if err := r.mounts.serviceable(dir, write); err != nil {
		return err
	}
	unload, err := r.loadHives(r.ctx, dir)
	if err != nil {
		return err
	}
	err = r.withHives(dir, write, do)
	if errors.Is(err, errDied) {
		return err
	}
	return errors.Join(err, unload())
}

func (r *run) withHives(dir string, write bool, do func(*serviced) error) error {
	s, err := offline.Backend{}.Open(r.ctx, image.Ref{Path: dir}, image.OpenOptions{Write: write, Clock: r.now(), AllowDirtyHives: r.AllowDirtyHives})
	if err != nil {
		return err
	}
	return errors.Join(r.withOpen(s, write, do), s.Close())
}

func (r *run) withOpen(s image.Session, write bool, do func(*serviced) error) error {
	info, err := s.Info(r.ctx)
	if err != nil {
		return err
	}
	img := &serviced{Session: s, info: info}
	img.files, _ = image.As[image.Files](s)
	img.registry, _ = image.As[image.Registry](s)
	r.out.imageVersion(info.Version)
	if err := do(img); err != nil || !write {
		return err
	}
	if err := r.midway(nil); err != nil { // files are written, hives not yet
		return err
	}
	return s.Commit(r.ctx, "")
}

// Unwrap returns the session, for its capabilities.
func (img *serviced) Unwrap() image.Session { return img.Session }

const (
	cbsKey         = cbs.Key
	cbsRecords     = cbs.Packages
	currentVersion = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
)

// isPE reports whether the image is a Windows PE.
func (img *serviced) isPE() bool {
	if strings.EqualFold(img.info.InstallationType, "WindowsPE") {
		return true
	}
	_, err := img.registry.Values(currentVersion + `\WinPE`)
	return err == nil
}

func (img *serviced) setNumber(key, name string, n uint32) error {
	return img.registry.SetValue(key, image.Value{Name: name, Type: hive.RegDword, Data: hive.EncodeUint32(n)})
}

func (img *serviced) setText(key, name, text string) error {
	return img.registry.SetValue(key, image.Value{Name: name, Type: hive.RegSZ, Data: hive.EncodeString(text)})
}

// readFile reads a file of the image; nil if there is none.
func (img *serviced) readFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(img.files, name)
	return data, gone(err)
}

func (img *serviced) write(name string, data []byte) error {
	return img.files.WriteFile(name, bytes.NewReader(data), image.Meta{})
}

func (img *serviced) setBinary(key, name string, data []byte) error {
	return img.registry.SetValue(key, image.Value{Name: name, Type: hive.RegBinary, Data: data})
}

// text returns a registry string; empty if there is none.
func (img *serviced) text(key, name string) string {
	v, err := img.registry.Value(key, name)
	if err != nil || v.Type != hive.RegSZ && v.Type != hive.RegExpandSZ {
		return ""
	}
	return hive.DecodeString(v.Data)
}

// number returns a REG_DWORD of the registry.
func (img *serviced) number(key, name string) (uint32, bool) {
	v, err := img.registry.Value(key, name)
	if err != nil || v.Type != hive.RegDword || len(v.Data) != 4 {
		return 0, false
	}
	n, err := v.Uint32()
	return n, err == nil
}

// gone returns err, or nil if it says that something does not exist.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// words is a state as DISM prints it: Install Pending for install_pending.
func words(state string) string {
	parts := strings.Split(state, "_")
	for i, p := range parts {
		if p != "with" && p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, " ")
}
