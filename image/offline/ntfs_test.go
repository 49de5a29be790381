package offline_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/ntfs"
	"github.com/gildhq/gild/internal/placeholders"
)

// onNTFS makes folders behave like NTFS, with every file a placeholder.
func onNTFS(t *testing.T, fs ntfs.FS) {
	t.Helper()
	if !ntfs.Possible(t.TempDir()) {
		t.Skip("the folder for temporary files keeps no extended attributes")
	}
	t.Cleanup(placeholders.Show())
	t.Cleanup(offline.UseNT(fs))
}

// TestSuiteNTFS runs the suite on an image as DISM mounts it on Windows.
func TestSuiteNTFS(t *testing.T) {
	onNTFS(t, ntfs.FS{Restore: true})
	imagetest.Run(t, func(t *testing.T) imagetest.Fixture {
		dir := filepath.Join(t.TempDir(), "mounted image")
		imagetest.WriteTree(t, dir)
		return imagetest.Fixture{Backend: offline.Backend{}, Ref: image.Ref{Path: dir}, InPlace: true}
	})
}

// opened opens the suite's files in a folder.
func opened(t *testing.T) image.Files {
	t.Helper()
	dir := t.TempDir()
	imagetest.WriteTree(t, dir)
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: dir}, image.OpenOptions{Write: true, Clock: imagetest.Clock()})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return files(t, s)
}

// sealed makes a descriptor with an entry for SYSTEM.
func sealed(t *testing.T, owner sd.SID, control sd.Control) []byte {
	t.Helper()
	d := sd.Descriptor{Owner: owner, Group: owner, Control: sd.DACLPresent | control,
		DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Flags: sd.ObjectInherit | sd.ContainerInherit, Mask: 0x1f01ff, SID: system}}}}
	b, err := d.Bytes()
	must(t, err)
	return b
}

var (
	system           = sd.SID("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	administrators   = sd.SID("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00")
	trustedInstaller = sd.SID("\x01\x06\x00\x00\x00\x00\x00\x05\x50\x00\x00\x00\xb5\x89\xfb\x38\x19\x84\xc2\xcb\x5c\x6c\x23\x6d\x57\x00\x77\x6e\xc0\x02\x64\x87")
)

func security(t *testing.T, f image.Files, name string) *sd.Descriptor {
	t.Helper()
	m, err := f.Meta(name)
	must(t, err)
	d, err := sd.Parse(m.Security)
	must(t, err)
	return d
}

// TestProtectedStays: in a folder with inheritable entries, a protected list keeps only
// its own entries; others get the folder's.
func TestProtectedStays(t *testing.T) {
	onNTFS(t, ntfs.FS{Restore: true})
	f := opened(t)
	for control, entries := range map[sd.Control]int{sd.DACLProtected: 1, 0: 4} {
		for _, name := range []string{"Windows/Setup", "Windows/queue.txt"} {
			meta := image.Meta{Security: sealed(t, administrators, control)}
			if filepath.Ext(name) == "" {
				must(t, f.MkdirAll(name, meta))
			} else {
				must(t, f.WriteFile(name, strings.NewReader("jobs"), meta))
			}
			if d := security(t, f, name); len(d.DACL.ACEs) != entries || d.Control&sd.DACLProtected != control {
				t.Errorf("%s, control %#x: %d entries, control %#x", name, control, len(d.DACL.ACEs), d.Control)
			}
			must(t, f.Remove(name))
		}
	}
}

// TestReplacedKeepsDescriptor: a replaced file of TrustedInstaller still belongs to it, and
// a file in a folder that protects its files is not open to others.
func TestReplacedKeepsDescriptor(t *testing.T) {
	onNTFS(t, ntfs.FS{Restore: true})
	f := opened(t)
	const name = "Windows/System32/drivers/etc/hosts"
	must(t, f.SetMeta(name, image.Meta{Security: sealed(t, trustedInstaller, sd.DACLProtected), Attributes: image.Hidden}))
	must(t, f.WriteFile(name, strings.NewReader("new"), image.Meta{}))
	d := security(t, f, name)
	if string(d.Owner) != string(trustedInstaller) || d.Control&sd.DACLProtected == 0 || len(d.DACL.ACEs) != 1 {
		t.Errorf("%+v", d)
	}
	if m, err := f.Meta(name); err != nil || m.Attributes != image.Hidden {
		t.Errorf("attributes %#x, %v", m.Attributes, err)
	}
	must(t, f.SetMeta("Windows", image.Meta{Security: sealed(t, administrators, sd.DACLProtected)}))
	must(t, f.WriteFile("Windows/new.txt", strings.NewReader("new"), image.Meta{}))
	if d := security(t, f, "Windows/new.txt"); len(d.DACL.ACEs) != 1 || d.DACL.ACEs[0].Flags&sd.Inherited == 0 {
		t.Errorf("a new file: %+v", d)
	}
}

// TestForeignOwner: without the privilege a file can't be given to another owner, and
// another owner's file stays as it is.
func TestForeignOwner(t *testing.T) {
	onNTFS(t, ntfs.FS{Restore: true})
	f := opened(t)
	const name = "Windows/System32/drivers/etc/hosts"
	must(t, f.SetMeta(name, image.Meta{Security: sealed(t, trustedInstaller, sd.DACLProtected)}))
	t.Cleanup(offline.UseNT(ntfs.FS{}))
	if err := f.WriteFile(name, strings.NewReader("new"), image.Meta{}); !errors.Is(err, ntfs.ErrInvalidOwner) {
		t.Errorf("replaced: %v", err)
	}
	if err := f.SetMeta("Windows/notepad.exe", image.Meta{Security: sealed(t, trustedInstaller, 0)}); !errors.Is(err, ntfs.ErrInvalidOwner) {
		t.Errorf("given away: %v", err)
	}
	if d := security(t, f, name); string(d.Owner) != string(trustedInstaller) {
		t.Errorf("owner % x", d.Owner)
	}
}
