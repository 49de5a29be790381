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

// own is the image that gild makes for the checks. It is no Windows that DISM could
// service: it is mounted, changed and committed.
type own struct {
	*bench
	file    string        // WIM file
	session image.Session // of the backend dism; nil: not open
	mount   string        // where it is mounted
	made    []edit        // that were made in the mounted image and read back there
	out     string        // output of the backend dism
}

func onOwn(do func(*own, context.Context) error) func(*bench, context.Context) error {
	return func(b *bench, ctx context.Context) error { return do(&b.own, ctx) }
}

func ownChecks() []check {
	list := []check{
		{name: "image.write", proves: "a WIM file that gild's own writer makes is whole", run: onOwn((*own).write)},
		{name: "image.info", proves: "DISM reads a WIM file that gild has written, and says of the image what gild wrote", dism: true, after: []string{"image.write"}, run: onOwn((*own).compareInfo)},
		{name: "image.mount", proves: "DISM mounts an image that gild has written, for reading and writing", dism: true, after: []string{"image.write"}, run: onOwn((*own).start)},
		{name: "mounted.files", proves: "in a mounted image gild sees every file and folder for what it is", dism: true, after: []string{"image.mount"}, run: onOwn((*own).seeFiles)},
		{name: "mounted.content", proves: "gild reads the content of every file of a mounted image, as it is in the WIM file", dism: true, after: []string{"image.mount"}, run: onOwn((*own).readContent)},
		{name: "mounted.security", proves: "gild reads the security descriptors of a mounted image as they are in the WIM file", dism: true, after: []string{"image.mount"}, run: onOwn((*own).readSecurity)},
	}
	for _, e := range edits {
		list = append(list, check{name: "mounted." + e.name, proves: e.proves + ", in a mounted image", dism: true, after: []string{"image.mount"},
			run: func(b *bench, _ context.Context) error { return b.own.makeEdit(e) }})
	}
	return append(list,
		check{name: "commit", proves: "what gild changed in a mounted image is in the WIM file after a commit, and nothing else has changed", dism: true, after: []string{"image.mount"}, run: onOwn((*own).commit)},
		check{name: "offline.same", proves: "the same changes by the backend offline make the same image", dism: true, after: []string{"commit"}, run: onOwn((*own).sameOffline)},
	)
}

const ownName = "gild self-test"

// Files of the image that the checks are about.
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

// compareInfo compares what DISM says of the image with what gild reads.
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
			err = errors.Join(err, fmt.Errorf("DISM says %s : %s, and the file says %s", want[0], got, want[1]))
		}
	}
	return err
}

// backend is gild's backend as it is used, with the program that is watched.
func (b *bench) backend() dism.Backend { return dism.Backend{Program: b.dism, Pause: time.Second} }

// openDISM opens an image by the backend dism, in a store of its own.
func (b *bench) openDISM(ctx context.Context, file, store string, chain ...string) (image.Session, error) {
	s, err := b.backend().Open(ctx, image.Ref{Path: file, Index: 1}, image.OpenOptions{
		Write: true, Name: store, Store: filepath.Join(b.dir, store), Chain: chain, Clock: moment, Log: b.Log, Warn: func(text string) { b.note("%s", text) },
	})
	if err == nil {
		b.open = append(b.open, s)
	}
	return s, err
}

func (o *own) start(ctx context.Context) error {
	s, err := o.openDISM(ctx, o.file, "own")
	if err != nil {
		return err
	}
	o.session = s
	o.mount, err = o.mountedAt(ctx, "own")
	return err
}

// mountedAt is where the image of a store is mounted, by what DISM lists.
func (b *bench) mountedAt(ctx context.Context, store string) (string, error) {
	list, err := b.dism.mounts(ctx)
	if err != nil {
		return "", err
	}
	ours := below(filepath.Join(b.dir, store), list)
	if len(ours) != 1 || ours[0].status != "Ok" {
		return "", fmt.Errorf("DISM lists %d images in the folder that one was mounted in: %v", len(ours), ours)
	}
	return ours[0].dir, nil
}

// each gives each file and folder of the image, as it is in the WIM file, by its name.
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

const told = 10

// attributes are those that a mounted image has to show as the WIM file has them.
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
