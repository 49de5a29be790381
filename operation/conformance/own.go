package conformance

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
)

// own is the image that gild makes for the checks. DISM mounts and commits it, but can't
// service it, because it contains no Windows.
type own struct {
	*bench
	file    string        // WIM file
	session image.Session // of the backend dism; nil: not open
	mount   string        // where it is mounted
	made    []edit        // made in the mounted image and read back
	out     string        // output of the backend dism
}

func onOwn(do func(*own, context.Context) error) func(*bench, context.Context) error {
	return func(b *bench, ctx context.Context) error { return do(&b.own, ctx) }
}

func ownChecks() []check {
	list := []check{
		{name: "image.write", proves: "gild writes a WIM file and verifies it", run: onOwn((*own).write)},
		{name: "image.info", proves: "DISM reads a WIM file that gild wrote and shows the same information about the image", dism: true, after: []string{"image.write"}, run: onOwn((*own).compareInfo)},
		{name: "image.mount", proves: "DISM mounts an image that gild wrote, with write access", dism: true, after: []string{"image.write"}, run: onOwn((*own).start)},
		{name: "mounted.files", proves: "gild sees every file and folder of a mounted image with its type, size and attributes", dism: true, after: []string{"image.mount"}, run: onOwn((*own).seeFiles)},
		{name: "mounted.content", proves: "gild reads the same content from every file of a mounted image as from the WIM file", dism: true, after: []string{"image.mount"}, run: onOwn((*own).readContent)},
		{name: "mounted.security", proves: "gild reads the same security descriptors from a mounted image as from the WIM file", dism: true, after: []string{"image.mount"}, run: onOwn((*own).readSecurity)},
	}
	for _, e := range edits {
		list = append(list, check{name: "mounted." + e.name, proves: e.proves + ", in a mounted image", dism: true, after: []string{"image.mount"},
			run: func(b *bench, _ context.Context) error { return b.own.makeEdit(e) }})
	}
	return append(list,
		check{name: "commit", proves: "after a commit the WIM file contains the changes that gild made in the mounted image, and no others", dism: true, after: []string{"image.mount"}, run: onOwn((*own).commit)},
		check{name: "offline.same", proves: "the backend offline makes the same image from the same changes", dism: true, after: []string{"commit"}, run: onOwn((*own).sameOffline)},
	)
}

const ownName = "gild self-test"

// Files of the image that checks use.
const (
	trustedFile   = "Windows/System32/gild-trusted.dll"
	foreignFile   = "Users/Public/gild-foreign.txt"
	protectedDir  = "ProgramData/gild-protected"
	protectedFile = protectedDir + "/gild-protected.txt"
	readOnlyFile  = "Windows/gild-read-only.txt"
	hiddenFile    = "Windows/gild-hidden.txt"
	emptyFile     = "Windows/gild-empty.txt"
	linkedFile    = "Windows/gild-linked.txt"
	otherLink     = "Windows/System32/gild-linked.txt"
	hostsFile     = "Windows/System32/drivers/etc/hosts"
)

// compareInfo compares DISM's information about the image with what gild reads.
func (o *own) compareInfo(ctx context.Context) error {
	t, err := o.dism.ask(ctx, "/Get-ImageInfo", "/ImageFile:"+o.file, "/Index:1")
	if err != nil {
		return err
	}
	f, err := wim.Open(o.file)
	if err != nil {
		return err
	}
	defer f.Close()
	info := f.Images()[0]
	for _, want := range [][2]string{
		{"Name", info.Name}, {"Description", info.Description},
		{"Files", fmt.Sprint(info.FileCount)}, {"Directories", fmt.Sprint(info.DirCount)},
	} {
		if got := t.Get(want[0]); got != want[1] {
			err = errors.Join(err, fmt.Errorf("DISM shows %s : %s, but the file has %s", want[0], got, want[1]))
		}
	}
	return err
}

// backend returns the backend dism with the program of this run.
func (b *bench) backend() dism.Backend { return dism.Backend{Program: b.dism, Pause: time.Second} }

// openDISM opens an image with the backend dism, in a store of its own.
func (b *bench) openDISM(ctx context.Context, file, store string, chain ...string) (image.Session, error) {
	s, err := b.backend().Open(ctx, image.Ref{Path: file, Index: 1}, image.OpenOptions{
		Write: true, Name: store, Store: filepath.Join(b.dir, store), Chain: chain, Clock: moment, Log: b.Log, Warn: func(text string) { b.note("%s", text) },
	})
	if err == nil {
		b.open = append(b.open, s)
	}
	return s, err
}

// start mounts the image.
func (o *own) start(ctx context.Context) error {
	s, err := o.openDISM(ctx, o.file, "own")
	if err != nil {
		return err
	}
	o.session = s
	o.mount, err = o.mountedAt(ctx, "own")
	return err
}

// mountedAt returns the folder in which DISM lists the image of a store.
func (b *bench) mountedAt(ctx context.Context, store string) (string, error) {
	list, err := b.dism.mounts(ctx)
	if err != nil {
		return "", err
	}
	ours := below(filepath.Join(b.dir, store), list)
	if len(ours) != 1 || ours[0].status != "Ok" {
		return "", fmt.Errorf("DISM lists %d mounted images where one was mounted: %v", len(ours), ours)
	}
	return ours[0].dir, nil
}

// each calls do with each file and folder of the image in the WIM file.
func (o *own) each(do func(name string, node *wim.Node) error) error {
	f, err := wim.Open(o.file)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := f.Image(1)
	if err != nil {
		return err
	}
	var errs differences
	for name, node := range img.Root.All() {
		if name = strings.ReplaceAll(name, `\`, "/"); name != "" {
			errs.add(do(name, node))
		}
	}
	return errs.err()
}

const told = 10 // at most so many differences are reported

// attributes are those that a mounted image must show as they are in the WIM file.
const attributes = image.ReadOnly | image.Hidden | image.System | image.Directory | image.NotIndexed

// makeEdit makes a change in the mounted image and reads it back.
func (o *own) makeEdit(e edit) error {
	if e.security {
		if err := keepsSecurity(o.bench, o.session); err != nil {
			return err
		}
	}
	if err := e.make(o.session); err != nil {
		return err
	}
	if err := e.look(o.session); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	o.made = append(o.made, e)
	return nil
}
