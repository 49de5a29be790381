package offline_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/testenv"
)

// session opens the image of a file for writing, at the last checkpoint of chain.
func session(t *testing.T, file, store string, chain ...string) image.Session {
	t.Helper()
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: file},
		image.OpenOptions{Write: true, Store: store, Clock: imagetest.Clock(), Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func files(t *testing.T, s image.Session) image.Files {
	t.Helper()
	f, ok := image.As[image.Files](s)
	if !ok {
		t.Fatal("no files")
	}
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, s image.Session, name, content string) {
	t.Helper()
	must(t, files(t, s).WriteFile(name, strings.NewReader(content), image.Meta{}))
}

func export(t *testing.T, s image.Session, opts image.ExportOptions) string {
	t.Helper()
	e, ok := image.As[image.Exporter](s)
	if !ok {
		t.Fatal("no exporter")
	}
	path := filepath.Join(t.TempDir(), "out.wim")
	must(t, e.Export(t.Context(), path, opts))
	return path
}

func info(t *testing.T, s image.Session) image.Info {
	t.Helper()
	i, err := s.Info(t.Context())
	must(t, err)
	return i
}

// TestExportAccepted lets other programs check the files that gild writes.
func TestExportAccepted(t *testing.T) {
	for _, args := range [][]string{
		{"--compress=LZX"}, {"--compress=XPRESS"}, {"--compress=none"},
		{"--compress=LZX", "--check"}, {"--compress=LZX", "--boot"}, {"--compress=LZX", "--chunk-size=64K"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			source := captured(t, args...)
			before, err := os.ReadFile(source)
			must(t, err)
			s := session(t, source, t.TempDir())
			write(t, s, "Windows/new file.txt", strings.Repeat("new ", 50_000))
			write(t, s, "Windows/System32/drivers/etc/hosts", "replaced")
			must(t, files(t, s).MkdirAll("ProgramData/Ü", image.Meta{Attributes: image.Hidden}))
			must(t, files(t, s).Remove("Program Files"))
			r, _ := image.As[image.Registry](s)
			must(t, r.CreateKey("HKLM/SOFTWARE/Gild"))
			out := export(t, s, image.ExportOptions{Receipt: []byte("receipt")})

			testenv.Run(t, "wimlib-imagex", "verify", out)
			testenv.Run(t, "7z", "t", out)
			dir := filepath.Join(t.TempDir(), "applied")
			testenv.Run(t, "wimlib-imagex", "apply", out, "1", dir)
			sameTree(t, files(t, s), os.DirFS(dir))
			text := testenv.Run(t, "wimlib-imagex", "info", out)
			for _, want := range []string{"Image Count:    1", "Name:                   Windows"} {
				if !strings.Contains(text, want) {
					t.Errorf("wimlib does not say %q:\n%s", want, text)
				}
			}
			if was := testenv.Run(t, "wimlib-imagex", "info", source); header(was) != header(text) {
				t.Errorf("header was\n%s\nand is\n%s", header(was), header(text))
			}
			after, err := os.ReadFile(source)
			must(t, err)
			if !bytes.Equal(before, after) {
				t.Error("the source was changed")
			}
		})
	}
}

// header returns those lines of wimlib's information that the output shares with the source.
func header(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, ":")
		if slices.Contains([]string{"Version", "Compression", "Chunk Size", "Part Number", "Boot Index", "Attributes"}, name) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// sameTree compares names and contents.
func sameTree(t *testing.T, a, b fs.FS) {
	t.Helper()
	list := func(fsys fs.FS) (all []string) {
		must(t, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			content := ""
			if err == nil && d.Type().IsRegular() {
				var data []byte
				data, err = fs.ReadFile(fsys, name)
				content = string(data)
			}
			all = append(all, name+"\n"+content)
			return err
		}))
		return all
	}
	if got, want := list(a), list(b); !slices.Equal(got, want) {
		t.Errorf("trees differ: %d and %d entries", len(got), len(want))
	}
}

func TestSelection(t *testing.T) {
	file := captured(t)
	testenv.Run(t, "wimlib-imagex", "export", file, "1", file, "Zweites Bild")
	for _, c := range []struct {
		ref   image.Ref
		index int
		err   string
	}{
		{image.Ref{Index: 2}, 2, ""},
		{image.Ref{Name: "Windows"}, 1, ""},
		{image.Ref{Name: "zweites BILD"}, 2, ""},
		{image.Ref{}, 0, `several images; choose one by index or name: 1 "Windows", 2 "Zweites Bild"`},
		{image.Ref{Index: 3}, 0, `no image 3; the file contains 1 "Windows"`},
		{image.Ref{Name: "Drei"}, 0, `no image is named "Drei"`},
	} {
		c.ref.Path = file
		s, err := offline.Backend{}.Open(t.Context(), c.ref, image.OpenOptions{})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), file) {
				t.Errorf("%+v: %v", c.ref, err)
			}
			continue
		}
		must(t, err)
		if got := info(t, s).Index; got != c.index {
			t.Errorf("%+v: image %d", c.ref, got)
		}
		must(t, s.Close())
	}
}

func TestRefusedSources(t *testing.T) {
	dir := t.TempDir()
	imagetest.WriteTree(t, filepath.Join(dir, "tree"))
	esd, swm := filepath.Join(dir, "solid.esd"), filepath.Join(dir, "split.swm")
	second := filepath.Join(dir, "split2.swm")
	testenv.Run(t, "wimlib-imagex", "capture", filepath.Join(dir, "tree"), esd, "--solid")
	big := filepath.Join(dir, "big.wim")
	must(t, os.WriteFile(filepath.Join(dir, "tree", "big"), bytes.Repeat([]byte("0123456789abcdef"), 200_000), 0o666))
	testenv.Run(t, "wimlib-imagex", "capture", filepath.Join(dir, "tree"), big, "--compress=none")
	testenv.Run(t, "wimlib-imagex", "split", big, swm, "1")
	for file, remedy := range map[string]string{esd: "wimlib-imagex export", second: "name the first part"} {
		_, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: file}, image.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), remedy) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := (offline.Backend{}).Open(t.Context(), image.Ref{Path: filepath.Join(dir, "none")}, image.OpenOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, opts := range []image.OpenOptions{{Write: true, Store: dir}, {Write: true, Clock: imagetest.Clock()}} {
		if _, err := (offline.Backend{}).Open(t.Context(), image.Ref{Path: captured(t)}, opts); err == nil {
			t.Errorf("opened with %+v", opts)
		}
	}
}

func TestInfo(t *testing.T) {
	s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: captured(t)}, image.OpenOptions{})
	must(t, err)
	defer s.Close()
	got := info(t, s)
	if got.Arch != "amd64" || got.Edition != "Professional" || got.InstallationType != "Client" ||
		got.ProductName != "Windows 10 Pro" || got.Version != "10.0.19045.4170" || !slices.Equal(got.Languages, []string{"de-DE"}) ||
		got.DefaultLanguage != "de-DE" || got.Name != "Windows" || got.Index != 1 || len(got.Warnings) > 0 {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat("store"); err == nil {
		t.Error("reading made a store")
	}
}

// TestEnabledBuild checks that a build enabled by an enablement package is not a
// difference, and another revision is.
func TestEnabledBuild(t *testing.T) {
	for revision, warnings := range map[string]int{"4170": 0, "2006": 1} {
		file := captured(t)
		for _, p := range []string{"MAJOR=10", "MINOR=0", "BUILD=19041", "SPBUILD=" + revision} {
			testenv.Run(t, "wimlib-imagex", "info", file, "1", "--image-property", "WINDOWS/VERSION/"+p)
		}
		got := info(t, session(t, file, t.TempDir()))
		if got.Version != "10.0.19045.4170" || len(got.Warnings) != warnings {
			t.Errorf("revision %s: %s, warnings %q", revision, got.Version, got.Warnings)
		}
	}
}

// TestInfoFromXML checks that version and edition come from the registry, with a
// warning if the file differs, and the rest from the file.
func TestInfoFromXML(t *testing.T) {
	file := captured(t)
	for _, p := range []string{"WINDOWS/ARCH=12", "WINDOWS/EDITIONID=Core", "WINDOWS/VERSION/MAJOR=11", "WINDOWS/VERSION/BUILD=26100",
		"WINDOWS/LANGUAGES/LANGUAGE=fr-FR", "WINDOWS/LANGUAGES/DEFAULT=fr-FR", "NEWTHING=kept"} {
		testenv.Run(t, "wimlib-imagex", "info", file, "1", "--image-property", p)
	}
	s := session(t, file, t.TempDir())
	got := info(t, s)
	if got.Arch != "arm64" || got.Edition != "Professional" || got.InstallationType != "Client" || got.Version != "10.0.19045.4170" ||
		got.DefaultLanguage != "fr-FR" {
		t.Errorf("%+v", got)
	}
	if len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0], "10.0.19045.4170 by the registry") || !strings.Contains(got.Warnings[0], "11.0.26100.0 by its description") ||
		!strings.Contains(got.Warnings[1], "Core by its description") {
		t.Errorf("warnings %q", got.Warnings)
	}
	out, err := wim.Open(export(t, s, image.ExportOptions{}))
	must(t, err)
	defer out.Close()
	if got := out.Images()[0].XML.Value("NEWTHING"); got != "kept" {
		t.Errorf("an unknown element became %q", got)
	}
}

// TestFingerprint checks which changes affect the fingerprint.
func TestFingerprint(t *testing.T) {
	file := captured(t)
	of := func(file string, index int) string {
		t.Helper()
		s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: file, Index: index}, image.OpenOptions{})
		must(t, err)
		defer s.Close()
		return info(t, s).Fingerprint
	}
	first := of(file, 1)
	again := filepath.Join(t.TempDir(), "again.wim")
	testenv.Run(t, "wimlib-imagex", "export", file, "1", again, "--compress=XPRESS")
	if of(again, 1) != first {
		t.Error("the same image in another file has another fingerprint")
	}
	testenv.Run(t, "wimlib-imagex", "info", again, "1", "--image-property", "NAME=other")
	if of(again, 1) == first {
		t.Error("another name does not change the fingerprint")
	}
	s := session(t, file, t.TempDir())
	must(t, files(t, s).SetMeta("Windows/notepad.exe", image.Meta{Attributes: image.Hidden}))
	if of(export(t, s, image.ExportOptions{}), 1) == first {
		t.Error("an attribute does not change the fingerprint")
	}
}

func TestConcurrentReading(t *testing.T) {
	s := session(t, captured(t), t.TempDir())
	write(t, s, "Windows/new.txt", "new")
	f := files(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name, data := range imagetest.Files(t) {
				if got, err := fs.ReadFile(f, name); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if got, err := fs.ReadFile(f, "windows/new.txt"); err != nil || string(got) != "new" {
				t.Errorf("new: %q, %v", got, err)
			}
			if _, err := s.Info(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestReadBack: damage in new content is found; content of the source is not read.
func TestReadBack(t *testing.T) {
	file := captured(t)
	s := session(t, file, t.TempDir())
	content := strings.Repeat("new content ", 5000)
	write(t, s, "Windows/new.txt", content)
	path := export(t, s, image.ExportOptions{})
	base, made := openWIM(t, file), openWIM(t, path)
	must(t, made.VerifyBeyond(t.Context(), base))

	data, err := os.ReadFile(path)
	must(t, err)
	for b := range made.Blobs() {
		_, old := base.Blob(b.Hash)
		broken := bytes.Clone(data)
		broken[b.Offset+b.Stored/2] ^= 0x55
		damaged, err := wim.NewFile(bytes.NewReader(broken), int64(len(broken)), "damaged")
		must(t, err)
		if err := damaged.VerifyBeyond(t.Context(), base); old != (err == nil) {
			t.Errorf("blob %s, in the source: %v: %v", b.Hash, old, err)
		}
	}
}

func openWIM(t *testing.T, path string) *wim.File {
	t.Helper()
	f, err := wim.Open(path)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}
