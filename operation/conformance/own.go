package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
)

// own is the image that gild makes for the checks. It is no Windows that DISM could
// service: it is mounted, changed and committed.
type own struct {
	file    string        // WIM file
	session image.Session // of the backend dism; nil: not open
	mount   string        // where it is mounted
	made    []edit        // that were made in the mounted image and read back there
	out     string        // output of the backend dism
}

func ownChecks() []check {
	list := []check{
		{name: "image.write", proves: "a WIM file that gild's own writer makes is whole", run: (*bench).writeOwn},
		{name: "image.info", proves: "DISM reads a WIM file that gild has written, and says of the image what gild wrote", dism: true, after: []string{"image.write"}, run: (*bench).infoOfOwn},
		{name: "image.mount", proves: "DISM mounts an image that gild has written, for reading and writing", dism: true, after: []string{"image.write"}, run: (*bench).mountOwn},
		{name: "mounted.files", proves: "in a mounted image gild sees every file and folder for what it is", dism: true, after: []string{"image.mount"}, run: (*bench).seeFiles},
		{name: "mounted.content", proves: "gild reads the content of every file of a mounted image, as it is in the WIM file", dism: true, after: []string{"image.mount"}, run: (*bench).readContent},
		{name: "mounted.security", proves: "gild reads the security descriptors of a mounted image as they are in the WIM file", dism: true, after: []string{"image.mount"}, run: (*bench).readSecurity},
	}
	for _, e := range edits {
		list = append(list, check{name: "mounted." + e.name, proves: e.proves + ", in a mounted image", dism: true, after: []string{"image.mount"},
			run: func(b *bench, _ context.Context) error { return b.makeEdit(e) }})
	}
	return append(list,
		check{name: "commit", proves: "what gild changed in a mounted image is in the WIM file after a commit, and nothing else has changed", dism: true, after: []string{"image.mount"}, run: (*bench).commitOwn},
		check{name: "offline.same", proves: "the same changes by the backend offline make the same image", dism: true, after: []string{"commit"}, run: (*bench).sameOffline},
	)
}

// moment is the time that everything carries that the checks write.
var moment = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// writeOwn makes the image and reads it back.
func (b *bench) writeOwn(ctx context.Context) error {
	b.own.file = filepath.Join(b.dir, "own.wim")
	root, err := ownTree()
	if err != nil {
		return err
	}
	if err := writeWIM(ctx, b.own.file, root); err != nil {
		return err
	}
	f, err := wim.Open(b.own.file)
	if err != nil {
		return err
	}
	defer f.Close()
	b.note("%d bytes", f.Size())
	return f.Verify(ctx)
}

func writeWIM(ctx context.Context, name string, root *wim.Node) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	w, err := wim.NewBuilder(wim.Options{Compression: wim.LZX})
	if err == nil {
		err = w.AddImage(root, wim.ImageInfo{Name: ownName, Description: ownName, Created: moment, Modified: moment})
	}
	if err == nil {
		err = w.Write(ctx, f)
	}
	return errors.Join(err, f.Close())
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

// longFile has a path of 128 characters, about as long as those that Windows has, so that it
// is near MAX_PATH, 260 characters, where the image is mounted.
var longFile = "Windows/WinSxS/" + strings.Repeat("amd64_gild-long-", 4) + "/" + strings.Repeat("n", 44) + ".txt"

// ownTree is the sample image with files that are as Windows has them and not all
// programs take them.
func ownTree() (*wim.Node, error) {
	root, err := sample.Tree(sample.Options{Files: 24})
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name, content string
		attributes    uint32
		security      []byte
	}{
		{trustedFile, "a file of Windows", wim.AttrArchive, trusted},
		{hostsFile, "# the hosts file\r\n", wim.AttrArchive, nil},
		{foreignFile, "a file of someone", wim.AttrArchive, foreign},
		{protectedDir, "", wim.AttrDirectory, protected},
		{protectedFile, "a file that inherits nothing", wim.AttrArchive, protected},
		{readOnlyFile, "read only", wim.AttrReadOnly | wim.AttrArchive, nil},
		{hiddenFile, "hidden", wim.AttrHidden | wim.AttrSystem, nil},
		{emptyFile, "", wim.AttrArchive, nil},
		{"Windows/gild Ünïcode 漢字 %TEMP% & (x).txt", "a name", wim.AttrArchive, nil},
		{longFile, "a long name", wim.AttrArchive, nil},
		{linkedFile, "two names", wim.AttrArchive, nil},
	} {
		put(root, f.name, f.attributes, f.content, f.security)
	}
	linked := root.Lookup(linkedFile)
	linked.HardLink = 1 << 40 // a number that the sample does not use
	other := *linked
	folderOf(root, otherLink).Put(&other)
	root.Sort()
	return root, nil
}

// put puts a file or folder into a tree; one without a descriptor has that of the root.
func put(root *wim.Node, name string, attributes uint32, content string, security []byte) {
	if security == nil {
		security = root.Security
	}
	at := nt.TimeOf(moment)
	n := &wim.Node{Name: name[strings.LastIndexByte(name, '/')+1:], Attributes: attributes, Security: security, Created: at, Accessed: at, Written: at}
	if content != "" {
		n.Streams = []wim.Stream{{Size: int64(len(content)), Content: &wim.Content{Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		}}}}
	}
	folderOf(root, name).Put(n)
}

// folderOf returns the folder that a name is in, making what is missing of it.
func folderOf(root *wim.Node, name string) *wim.Node {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return root
	}
	if n := root.Lookup(name[:i]); n != nil {
		return n
	}
	put(root, name[:i], wim.AttrDirectory, "", nil)
	return root.Lookup(name[:i])
}

// infoOfOwn compares what DISM says of the image with what gild reads.
func (b *bench) infoOfOwn(ctx context.Context) error {
	t, err := b.dism.ask(ctx, "/Get-ImageInfo", "/ImageFile:"+b.own.file, "/Index:1")
	if err != nil {
		return err
	}
	f, err := wim.Open(b.own.file)
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

func (b *bench) mountOwn(ctx context.Context) error {
	s, err := b.openDISM(ctx, b.own.file, "own")
	if err != nil {
		return err
	}
	b.own.session = s
	b.own.mount, err = b.mountedAt(ctx, "own")
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

// inOwn gives each file and folder of the image, as it is in the WIM file, by its name.
func (b *bench) inOwn(do func(name string, node *wim.Node) error) error {
	f, err := wim.Open(b.own.file)
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

// differences are errors of which the first are told.
type differences struct {
	first []error
	more  int
}

const told = 10

func (d *differences) add(err error) {
	switch {
	case err == nil:
	case len(d.first) < told:
		d.first = append(d.first, err)
	default:
		d.more++
	}
}

func (d *differences) err() error {
	if d.more > 0 {
		return errors.Join(append(d.first, fmt.Errorf("and %d more", d.more))...)
	}
	return errors.Join(d.first...)
}

// attributes are those that a mounted image has to show as the WIM file has them.
const attributes = image.ReadOnly | image.Hidden | image.System | image.Directory | image.NotIndexed

// seeFiles compares what gild and the system see of each file with what it is.
func (b *bench) seeFiles(ctx context.Context) error {
	files, _ := image.As[image.Files](b.own.session)
	tags, looked := map[string]int{}, 0
	err := b.inOwn(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if node.IsReparse() && b.machine.Emulated {
			return nil // the emulation leaves links out of what it mounts
		}
		looked++
		tag, err := reparseTag(filepath.Join(b.own.mount, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if tag != 0 {
			tags[fmt.Sprintf("%#x", tag)]++
		}
		return seen(files, name, node, emulationKeeps || !b.machine.Emulated)
	})
	for _, tag := range slices.Sorted(mapsKeys(tags)) {
		b.note("%d of %d files and folders show the reparse tag %s", tags[tag], looked, tag)
	}
	if len(tags) == 0 {
		b.note("none of %d files and folders shows a reparse tag", looked)
	}
	return err
}

// seen tells in what a file is otherwise than the WIM file has it.
func seen(files image.Files, name string, node *wim.Node, withAttributes bool) error {
	info, err := files.Stat(name)
	if err != nil {
		return err
	}
	kind := func(mode fs.FileMode) fs.FileMode { return mode.Type() }
	switch {
	case node.IsReparse():
		if info.Mode().IsRegular() {
			return fmt.Errorf("%s: is a link, and is taken for a file", name)
		}
	case node.IsDir() != info.IsDir():
		return fmt.Errorf("%s: is a folder: %v, and is taken for %v", name, node.IsDir(), kind(info.Mode()))
	case !node.IsDir() && !info.Mode().IsRegular():
		return fmt.Errorf("%s: is a plain file, and is taken for %v", name, kind(info.Mode()))
	case !node.IsDir() && info.Size() != node.Size():
		return fmt.Errorf("%s: has %d bytes, and %d are seen", name, node.Size(), info.Size())
	}
	if !withAttributes {
		return nil
	}
	meta, err := files.Meta(name)
	if err != nil {
		return err
	}
	if want, got := image.Attributes(node.Attributes)&attributes, meta.Attributes&attributes; want != got {
		return fmt.Errorf("%s: has the attributes %#x, and %#x are seen", name, uint32(want), uint32(got))
	}
	return nil
}

// readContent reads every file.
func (b *bench) readContent(ctx context.Context) error {
	files, _ := image.As[image.Files](b.own.session)
	return b.inOwn(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil || node.IsDir() || node.IsReparse() {
			return err
		}
		return sameContent(files, name, node)
	})
}

func sameContent(files image.Files, name string, node *wim.Node) error {
	sum, err := files.SHA1(name)
	if err != nil {
		return err
	}
	if want := node.Hash(); !want.IsZero() && sum != want {
		return fmt.Errorf("%s: its content has the SHA-1 %x, and %s in the WIM file", name, sum, want)
	}
	return nil
}

// readSecurity compares descriptors.
func (b *bench) readSecurity(ctx context.Context) error {
	if err := b.keepsSecurity(b.own.session); err != nil {
		return err
	}
	files, _ := image.As[image.Files](b.own.session)
	return b.inOwn(func(name string, node *wim.Node) error {
		if err := ctx.Err(); err != nil || node.IsReparse() {
			return err
		}
		return sameSecurity(files, name, node.Security)
	})
}

// emulationKeeps: the folders of an emulated DISM keep what NTFS does, as those of tests may.
var emulationKeeps = false

// keepsSecurity is why descriptors can't be checked in a mounted image here.
func (b *bench) keepsSecurity(s image.Session) error {
	if err := image.CanKeep(s, image.Meta{Security: trusted}); err != nil {
		return skip("%v", err)
	}
	if b.machine.Emulated && !emulationKeeps {
		return skip("the emulated DISM mounts images without their security descriptors")
	}
	return nil
}

func sameSecurity(files image.Files, name string, want []byte) error {
	meta, err := files.Meta(name)
	if err != nil {
		return err
	}
	if a, b := describe(want), describe(meta.Security); a != b {
		return fmt.Errorf("%s: its security descriptor is %s, and %s is seen", name, a, b)
	}
	return nil
}

// makeEdit makes a change in the mounted image and reads it back.
func (b *bench) makeEdit(e edit) error {
	if e.security {
		if err := b.keepsSecurity(b.own.session); err != nil {
			return err
		}
	}
	if err := e.make(b.own.session); err != nil {
		return err
	}
	if err := e.look(b.own.session); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	b.own.made = append(b.own.made, e)
	return nil
}

// commitOwn commits, unmounts and writes the output, and looks at it without DISM.
func (b *bench) commitOwn(ctx context.Context) error {
	if len(b.own.made) == 0 {
		return skip("nothing was changed")
	}
	if err := b.own.session.Commit(ctx, "changed"); err != nil {
		return err
	}
	b.own.out = filepath.Join(b.dir, "by-dism.wim")
	if err := b.export(ctx, b.own.session, b.own.out); err != nil {
		return err
	}
	if list, err := b.dism.mounts(ctx); err != nil || len(below(filepath.Join(b.dir, "own"), list)) > 0 {
		return errors.Join(err, fmt.Errorf("the image is still mounted: %v", list))
	}
	return b.compareWithSource(ctx, b.own.out)
}

// export writes the output of a session and closes it.
func (b *bench) export(ctx context.Context, s image.Session, out string) error {
	exporter, ok := image.As[image.Exporter](s)
	if !ok {
		return errors.New("the session writes no output")
	}
	return errors.Join(exporter.Export(ctx, out, image.ExportOptions{}), s.Close())
}

// compareWithSource holds an output of the own image against what was changed, and for
// the rest against its source. The hives of the output are kept for Windows to load.
func (b *bench) compareWithSource(ctx context.Context, out string) error {
	f, err := wim.Open(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Verify(ctx); err != nil {
		return err
	}
	img, err := f.Image(1)
	if err != nil {
		return err
	}
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: out}, image.OpenOptions{Log: b.Log})
	if err != nil {
		return err
	}
	defer s.Close()
	var errs differences
	touched := map[string]bool{}
	for _, e := range b.own.made {
		if err := e.look(s); err != nil {
			errs.add(fmt.Errorf("%s: %w", e.name, err))
		}
		for _, name := range e.touches {
			touched[nt.Fold(name)] = true
		}
	}
	errs.add(b.inOwn(func(name string, node *wim.Node) error {
		got := img.Root.Lookup(name)
		switch {
		case got == nil:
			return fmt.Errorf("%s: is gone", name)
		case touched[nt.Fold(name)]:
			return nil
		}
		return unchanged(name, node, got)
	}))
	errs.add(b.takeHives(s, filepath.Base(out)))
	return errs.err()
}

// unchanged tells in what a file has changed that was not touched.
func unchanged(name string, was, is *wim.Node) error {
	if err := unchangedContent(name, was, is); err != nil {
		return err
	}
	if a, b := describe(was.Security), describe(is.Security); a != b {
		return fmt.Errorf("%s: had the security descriptor %s, and has %s", name, a, b)
	}
	return nil
}

func unchangedContent(name string, was, is *wim.Node) error {
	switch {
	case was.Attributes&uint32(attributes) != is.Attributes&uint32(attributes) || was.IsReparse() != is.IsReparse() || was.ReparseTag != is.ReparseTag:
		return fmt.Errorf("%s: had the attributes %#x (tag %#x), and has %#x (tag %#x)", name, was.Attributes, was.ReparseTag, is.Attributes, is.ReparseTag)
	case !was.IsDir() && was.Hash() != is.Hash():
		return fmt.Errorf("%s: its content has changed", name)
	case len(was.Streams) != len(is.Streams):
		return fmt.Errorf("%s: had %d streams, and has %d", name, len(was.Streams), len(is.Streams))
	case !was.IsDir() && was.Written != is.Written:
		return fmt.Errorf("%s: was written %v, and now %v", name, was.Written, is.Written)
	}
	return nil
}

// sameOffline makes the changes by the backend offline, and compares the outputs.
func (b *bench) sameOffline(ctx context.Context) error {
	s, err := offline.Backend{}.Open(ctx, image.Ref{Path: b.own.file}, image.OpenOptions{Write: true, Store: filepath.Join(b.dir, "offline"), Clock: moment, Log: b.Log})
	if err != nil {
		return err
	}
	b.open = append(b.open, s)
	for _, e := range b.own.made {
		if err := e.make(s); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	out := filepath.Join(b.dir, "offline.wim")
	if err := errors.Join(s.Commit(ctx, "changed"), b.export(ctx, s, out)); err != nil {
		return err
	}
	if err := b.compareWithSource(ctx, out); err != nil {
		return err
	}
	return b.sameImages(b.own.out, out)
}

// sameImages compares all names of two images, and what they are. Hives hold the times
// at which they were written: their keys are compared. What is new in a mounted image
// belongs to the account that gild runs as, and offline to the owner of its folder: how
// descriptors of what is new differ is noted.
func (b *bench) sameImages(dismFile, offlineFile string) error {
	var trees [2]*wim.Image
	for i, name := range []string{dismFile, offlineFile} {
		f, err := wim.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if trees[i], err = f.Image(1); err != nil {
			return err
		}
	}
	hives := map[string]bool{}
	for _, h := range image.Hives() {
		hives[nt.Fold(h.File)] = true
	}
	made := map[string]bool{}
	for name := range trees[1].Root.All() {
		made[nt.Fold(strings.ReplaceAll(name, `\`, "/"))] = true
	}
	err := b.inOwn(func(name string, _ *wim.Node) error {
		delete(made, nt.Fold(name))
		return nil
	})
	if err != nil {
		return err
	}
	delete(made, "") // the root
	var errs differences
	compare := func(from, to *wim.Image, by string, whole bool) {
		for name, a := range from.Root.All() {
			name = strings.ReplaceAll(name, `\`, "/")
			other := to.Root.Lookup(name)
			switch {
			case other == nil:
				errs.add(fmt.Errorf("%s: is there only by %s", name, by))
			case !whole:
			case hives[nt.Fold(name)]:
				errs.add(sameHiveFiles(from, to, name))
			case made[nt.Fold(name)]:
				errs.add(unchangedContent(name, a, other))
				if x, y := describe(a.Security), describe(other.Security); x != y {
					b.note("%s, which is new, has the security descriptor %s, and by the backend offline %s", name, x, y)
				}
			default:
				errs.add(unchanged(name, a, other))
			}
		}
	}
	compare(trees[0], trees[1], "DISM", true)
	compare(trees[1], trees[0], "the backend offline", false)
	return errs.err()
}
