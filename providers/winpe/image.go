package winpe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// access is what the kind needs of an image.
type access struct {
	image.Files
	image.Registry
}

func open(s image.Session) (access, error) {
	files, err := providers.Need[image.Files](s, image.CanFiles)
	if err != nil {
		return access{}, err
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	return access{files, reg}, err
}

// content reads a small text file; one that is not there is nil.
func (a access) content(name string) (*string, error) {
	const most = 1 << 20
	data, err := providers.Content(a, name, most, "text", func(string) error {
		return fmt.Errorf("in the image, %s is no text file of up to %d bytes", name, most)
	})
	if err != nil || data == nil {
		return nil, err
	}
	s := strings.ToValidUTF8(string(data), "\uFFFD")
	return &s, nil
}

func read(ctx context.Context, s image.Session, want settings) (*settings, error) {
	have, err := settingsOf(ctx, s)
	switch {
	case err != nil:
		return nil, err
	case have == nil:
		return nil, providers.Problemf("", "No image of Windows PE", "The image is one of a Windows that is set up, so it has no such settings.")
	}
	return have, runsStartnet(*have, want)
}

// runsStartnet refuses what would go into a startnet.cmd that Windows PE does not
// run, since the image has a winpeshl.ini that is left as it is.
func runsStartnet(have, want settings) error {
	attr := "startnet"
	switch {
	case want.Shell != nil || want.Startnet == nil && want.PageFile == nil, have.Shell != nil && len(have.Shell) == 0:
		return nil
	case want.Startnet == nil:
		attr = "page_file"
	}
	return providers.Problemf(attr, "Windows PE does not run it", "The image has a winpeshl.ini, with which Windows PE does not run startnet.cmd. Set shell = [] to remove it.")
}

// list returns the settings of an image of Windows PE, and nothing of another.
func list(ctx context.Context, s image.Session) ([]settings, error) {
	have, err := settingsOf(ctx, s)
	if have == nil || err != nil {
		return nil, err
	}
	return []settings{*have}, nil
}

func settingsOf(ctx context.Context, s image.Session) (*settings, error) {
	a, err := open(s)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx)
	if err != nil || !isPE(a, info.InstallationType) {
		return nil, err
	}
	var have settings
	if have.ScratchSpace, err = scratchSpace(a); err != nil {
		return nil, err
	}
	root, err := providers.Text(a, winPE, "InstRoot")
	if err != nil {
		return nil, err
	}
	system, err := providers.Text(a, version, "SystemRoot")
	if err != nil {
		return nil, err
	}
	if root != "" && strings.EqualFold(system, systemRoot(root)) {
		have.TargetPath = &root
	}
	return &have, have.files(a)
}

func (s *settings) files(a access) error {
	start, err := a.content(startnet)
	if err != nil {
		return err
	}
	if start != nil {
		script := parseScript(*start)
		s.PageFile, s.Startnet = script.pageFile(), script.commands()
	}
	ini, err := a.content(shellIni)
	if ini != nil {
		s.Shell = programsIn(*ini)
	} else {
		s.Shell = []string{}
	}
	return err
}

// systemRoot is the folder of Windows below a target path.
func systemRoot(target string) string { return strings.TrimSuffix(target, `\`) + `\Windows` }

func scratchSpace(reg image.Registry) (*int, error) {
	v, err := reg.Value(filter, "WinPECacheThreshold")
	if err != nil {
		return nil, providers.Gone(err)
	}
	n, err := v.Uint32()
	if err != nil {
		return nil, fmt.Errorf("registry key %q: %w", filter, err)
	}
	mb := int(n)
	return &mb, nil
}

func writable(_ context.Context, s image.Session, c providers.TypedChange[settings]) error {
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return err
	}
	var errs []error
	if c.Want.ScratchSpace != nil {
		if _, err := reg.Values(filter); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, providers.Problemf("scratch_space", "No scratch space", "The image has no write filter (service FBWF), which makes the scratch space."))
		}
		errs = append(errs, reg.Writable(filter))
	}
	if c.Want.TargetPath != nil {
		errs = append(errs, reg.Writable(winPE))
	}
	return errors.Join(errs...)
}

func apply(_ context.Context, s image.Session, _ providers.Host, c providers.TypedChange[settings]) error {
	a, err := open(s)
	if err != nil {
		return err
	}
	w := c.Want
	if w.ScratchSpace != nil {
		err = a.SetValue(filter, image.Value{Name: "WinPECacheThreshold", Type: hive.RegDword, Data: hive.EncodeUint32(uint32(*w.ScratchSpace))})
	}
	if err == nil && w.TargetPath != nil {
		err = errors.Join(
			a.SetValue(winPE, image.Value{Name: "InstRoot", Type: hive.RegSZ, Data: hive.EncodeString(*w.TargetPath)}),
			a.SetValue(version, image.Value{Name: "SystemRoot", Type: hive.RegSZ, Data: hive.EncodeString(systemRoot(*w.TargetPath))}),
		)
	}
	if err == nil && (w.Startnet != nil || w.PageFile != nil) {
		err = a.applyStartnet(w)
	}
	switch {
	case err != nil || w.Shell == nil:
		return err
	case len(w.Shell) == 0:
		return providers.Gone(a.Remove(shellIni))
	}
	return providers.WriteContent(a, shellIni, []byte(iniText(w.Shell)))
}

func (a access) applyStartnet(w settings) error {
	old, err := a.content(startnet)
	if err != nil {
		return err
	}
	if old == nil {
		old = new("wpeinit" + eol)
	}
	return providers.WriteContent(a, startnet, []byte(parseScript(*old).with(w.Startnet, w.PageFile)))
}
