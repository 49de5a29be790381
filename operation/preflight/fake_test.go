package preflight

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/internal/sample"
)

// fake is a machine of which all can be said.
type fake struct {
	os, arch, dismArch string
	elevated, pe       bool
	memory             Memory
	antivirus          Antivirus
	registered         int
	driver             MountDriver
	deduplicated       bool
	controlled         Controlled
	volumes            map[string]volume.Volume // by the beginning of paths; longest first wins
	access             Access
	privileges         map[string]privilege.State
	readOnly           bool
	err                error // of all that can fail
}

func (f *fake) OS() string                         { return f.os }
func (f *fake) Arch() string                       { return f.arch }
func (f *fake) ProgramArch(string) (string, error) { return f.dismArch, f.err }
func (f *fake) Elevated() (bool, error)            { return f.elevated, f.err }
func (f *fake) WinPE() (bool, error)               { return f.pe, f.err }
func (f *fake) Memory() (Memory, error)            { return f.memory, f.err }
func (f *fake) Antivirus() (Antivirus, error)      { return f.antivirus, f.err }
func (f *fake) RegisteredMounts() (int, error)     { return f.registered, f.err }
func (f *fake) MountDriver() (MountDriver, error)  { return f.driver, f.err }
func (f *fake) Deduplicated(string) (bool, error)  { return f.deduplicated, f.err }
func (f *fake) Controlled() (Controlled, error)    { return f.controlled, f.err }
func (f *fake) Access(string) (Access, error)      { return f.access, f.err }

func (f *fake) Privileges() (map[string]privilege.State, error) { return f.privileges, f.err }

func (f *fake) Writable(path string) error {
	if f.readOnly {
		return fmt.Errorf("open %s: access is denied", path)
	}
	return nil
}

func (f *fake) Volume(path string) (volume.Volume, error) {
	best := ""
	for prefix := range f.volumes {
		if strings.HasPrefix(path, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return f.volumes[best], f.err
}

// says is a DISM that prints a text and ends with an exit code.
type says struct {
	text string
	exit uint32
	err  error
}

func (s says) Run(_ context.Context, _ []string, out io.Writer) (uint32, error) {
	io.WriteString(out, s.text)
	return s.exit, s.err
}

// mounts is what DISM says of images mounted to folders, each with a status.
func mounts(folders ...string) says {
	text := "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.26100.1150\r\n\r\nMounted images:\r\n"
	for _, f := range folders {
		dir, status, _ := strings.Cut(f, "=")
		text += fmt.Sprintf("\r\nMount Dir : %s\r\nImage File : C:\\w.wim\r\nImage Index : 1\r\nMounted Read/Write : Yes\r\nStatus : %s\r\n", dir, status)
	}
	return says{text: text + "\r\nThe operation completed successfully.\r\n"}
}

// sampleWIM is a WIM file that looks like Windows.
var sampleWIM = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "preflight")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "base.wim")
	if err := sample.Write(context.Background(), name, sample.Options{}); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
})

// sound returns a Windows machine on which nothing is wrong, and what to check:
// an image that DISM services, and a language pack.
func sound(t *testing.T) (*fake, Input) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "base.wim")
	data, err := sampleWIM()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(source, data, 0o666); err != nil {
		t.Fatal(err)
	}
	store := `C:\gild`
	m := &fake{
		os: "windows", arch: "amd64", dismArch: "amd64", elevated: true,
		privileges: map[string]privilege.State{privilege.Backup: privilege.Disabled, privilege.Restore: privilege.Enabled, privilege.TakeOwnership: privilege.Disabled},
		memory:     Memory{Total: 16 * gib, Free: 8 * gib, Page: 4 * gib},
		antivirus:  Antivirus{Active: true, Exclusions: []string{store}},
		volumes:    map[string]volume.Volume{"": {Root: `C:\`, Type: "NTFS", Free: 100 * gib}},
	}
	now := time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)
	return m, Input{
		Machine: m, Now: now, Store: store, Cache: filepath.Join(dir, "cache"), Log: filepath.Join(dir, "gild.log"),
		DISM: &DISM{Path: `C:\Windows\System32\Dism.exe`, Program: mounts()},
		Images: []Image{{
			Name: "kiosk", Source: source, Output: filepath.Join(dir, "out.wim"), DISM: true, Version: "10.0.26100.4061", Bytes: 2 * mib,
			Updated: now.Add(-10 * 24 * time.Hour), Update: "Package_for_RollupFix 26100.4061.1.7",
		}},
		Payloads: []Payload{{Address: "kiosk/language_pack.de", Path: filepath.Join(dir, "files", "de.cab"), Package: true, Language: true}},
	}
}

// of returns the findings of a check that are not as they should be, and all of it.
func of(t *testing.T, in Input, moment Moment, id string) (wrong, all []Finding) {
	t.Helper()
	for _, f := range Run(t.Context(), in, moment) {
		if f.Title == "" || f.Why == "" || f.Found == "" {
			t.Errorf("%+v says too little", f)
		}
		if (f.Severity == Error || f.Severity == Warning) && f.Remedy == "" {
			t.Errorf("%+v has no remedy", f)
		}
		if f.ID != id {
			continue
		}
		all = append(all, f)
		if f.Severity != Info {
			wrong = append(wrong, f)
		}
	}
	return wrong, all
}

// counting is a DISM that counts how often it is asked.
type counting struct{ n *int }

func (c counting) Run(ctx context.Context, args []string, out io.Writer) (uint32, error) {
	*c.n++
	return mounts().Run(ctx, args, out)
}
