package dismemu

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// serviced is an image that /Image names, open for servicing.
type serviced struct {
	image.Session
	files    image.Files
	registry image.Registry
	version  string // major.minor.build.revision
}

// service opens the image for a command that services one, and keeps what the
// command made of it unless it fails.
func (r *run) service(do func(*serviced) error) error {
	dir, _ := r.args.get("Image")
	if !isDir(filepath.Join(dir, "Windows")) && !isDir(filepath.Join(dir, "WINDOWS")) {
		return fail(errPathNotFound, "Unable to access the image. Make sure that the image path and the Windows directory for the image exist and you have Read permissions on the folder.")
	}
	s, err := offline.Backend{}.Open(r.ctx, image.Ref{Path: dir}, image.OpenOptions{Write: true, Clock: r.now()})
	if err != nil {
		return err
	}
	err = r.serviceOpen(s, do)
	return errors.Join(err, s.Close())
}

func (r *run) serviceOpen(s image.Session, do func(*serviced) error) error {
	info, err := s.Info(r.ctx)
	if err != nil {
		return err
	}
	img := &serviced{Session: s, version: info.Version}
	img.files, _ = image.As[image.Files](s)
	img.registry, _ = image.As[image.Registry](s)
	r.out.imageVersion(img.version)
	if err := do(img); err != nil {
		return err
	}
	return s.Commit(r.ctx, "")
}

const (
	cbs        = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	cbsRecords = cbs + `\Packages`
)

func (img *serviced) setNumber(key, name string, n uint32) error {
	return img.registry.SetValue(key, image.Value{Name: name, Type: hive.RegDword, Data: []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}})
}

// words is a state as DISM prints it: install_pending is Install Pending.
func words(state string) string {
	parts := strings.Split(state, "_")
	for i, p := range parts {
		if p != "with" && p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, " ")
}

// table tells whether /Format:Table is asked for.
func (r *run) table() bool {
	format, _ := r.args.get("Format")
	return strings.EqualFold(format, "table")
}

// sources checks that what /Source names is there.
func (r *run) sources() error {
	for _, s := range r.args.all("Source") {
		if _, err := os.Stat(s); err != nil {
			return fail(0x800f081f, "The source files could not be found. %s", s)
		}
	}
	return nil
}

func (r *run) sourceMissing() error {
	return &failure{code: 0x800f081f, lines: []string{
		"The source files could not be found.",
		`Use the "Source" option to specify the location of the files that are required to restore the feature. For more information on specifying a source location, see https://go.microsoft.com/fwlink/?LinkId=243077.`,
	}}
}

// Unwrap gives the capabilities of the session.
func (img *serviced) Unwrap() image.Session { return img.Session }
