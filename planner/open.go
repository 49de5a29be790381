package planner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/spelling"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// sessions are the images opened for one plan; images that start from the same source share one.
type sessions struct {
	log  hclog.Logger
	open []openImage // the one used last comes last
}

// kept is how many images stay open for the next images to plan: a source, the image it was
// unpacked from, and an output. So hundreds of images take no more memory and open files than a
// few. An image that is opened again is read again.
const kept = 4

type openImage struct {
	opened
	session image.Session
}

type opened struct {
	backend string
	ref     image.Ref
	dirty   string // hives that may be changed although they are dirty
}

func (s *sessions) get(ctx context.Context, b image.Backend, ref image.Ref, dirty []string) (image.Session, error) {
	key := opened{b.Name(), ref, strings.Join(dirty, " ")}
	if i := slices.IndexFunc(s.open, func(o openImage) bool { return o.opened == key }); i >= 0 {
		last := s.open[i]
		s.open = append(slices.Delete(s.open, i, i+1), last)
		return last.session, nil
	}
	session, err := b.Open(ctx, ref, image.OpenOptions{AllowDirtyHives: dirty, Log: s.log})
	if err == nil {
		s.open = append(s.open, openImage{key, session})
	}
	return session, err
}

// close closes all but some of those used last.
func (s *sessions) close(but int) {
	for ; len(s.open) > but; s.open = slices.Delete(s.open, 0, 1) {
		if err := s.open[0].session.Close(); err != nil {
			s.log.Warn("closing the image", "path", s.open[0].ref.Path, "error", err)
		}
	}
}

// below returns the path of a file of the configuration, as the file system spells it.
func (in *Input) below(path string) string {
	if address.Is(path) {
		return in.Host.Path(path)
	}
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return spelling.Path(path)
	}
	return spelling.Path(filepath.Join(in.Config.Dir, path))
}

// opener opens the source and the output of one image.
type opener struct {
	*Input
	*sessions
	cfg     *dsl.Image
	img     *Image
	backend image.Backend
	receipt *Receipt   // of the output; nil if there is none
	seal    image.Seal // whether it is as gild wrote it
	odd     string     // why the output has no receipt, in words; empty if it has
	diags   hcl.Diagnostics
}

// openSource opens the image's source or target, and fills in what the plan says of
// it.
func (o *opener) openSource(ctx context.Context) image.Session {
	img, cfg := o.img, o.cfg
	img.Backend, img.Serviced = o.backend.Name(), slices.Contains(o.backend.Offers(), image.CanService)
	img.Output, img.Target = o.below(cfg.Output), o.below(cfg.Target)
	img.Checkpoint, img.Retry, img.AllowDirtyHives, img.Export = cfg.Checkpoint, cfg.Retry, cfg.AllowDirtyHives, formatOf(cfg.Export)
	attr := "source"
	ref, words, err := o.sourceOf(ctx, cfg)
	if err != nil {
		o.errorAt(attr, "Can't open the source", providers.Sentence(err))
		return nil
	}
	if img.Target != "" {
		attr, ref = "target", image.Ref{Path: img.Target}
		if info, err := os.Stat(img.Target); err == nil && !info.IsDir() {
			o.errorAt(attr, "Target is a file", fmt.Sprintf(
				"%s is a file, and only a folder can be changed in place. Make it the source, and name an output.", cfg.Target))
			return nil
		}
	}
	session, err := o.get(ctx, o.backend, ref, cfg.AllowDirtyHives)
	if err != nil {
		o.errorAt(attr, "Can't open the "+attr, providers.Sentence(named(err, ref.Path, words)))
		return nil
	}
	info, err := session.Info(ctx)
	if err != nil {
		o.errorAt(attr, "Can't read the "+attr, providers.Sentence(named(err, ref.Path, words)))
		return nil
	}
	if o.Concerns != nil {
		concerns, err := o.Concerns(ctx, session)
		if err != nil {
			concerns = append(concerns, "it is unknown whether the image can be serviced: "+providers.Sentence(err))
		}
		info.Warnings = slices.Concat(info.Warnings, concerns)
	}
	for _, w := range info.Warnings {
		o.warnAt(attr, w)
	}
	if err := image.CanKeep(session, image.Meta{}); img.Target != "" && err != nil {
		o.errorAt(attr, "Target can't be changed", fmt.Sprintf("Nothing in %s can be changed: %s.", cfg.Target, err))
		return nil
	}
	img.Source = image.Ref{Path: ref.Path, Index: info.Index}
	img.From, img.Within = cfg.From, cfg.Inner
	if address.Is(cfg.Source) {
		img.Fetched = cfg.Source
	}
	img.Fingerprint = info.Fingerprint
	img.Clock = o.clock(info)
	if img.Target != "" && o.Epoch == nil {
		img.Clock = time.Now().UTC().Truncate(time.Second)
	}
	img.Info = Info{
		Name: info.Name, Product: info.ProductName, Edition: info.Edition, Arch: info.Arch, Version: info.Version,
		Index: info.Index, Files: info.Files, Bytes: info.Bytes, Hives: hiveBytes(session), Warnings: info.Warnings, Parts: info.Parts, FileBytes: info.FileBytes,
	}
	return session
}

// openOutput opens the output if it exists, and reads its receipt. gild never
// replaces a file that is not an image.
func (o *opener) openOutput(ctx context.Context) image.Session {
	if o.img.Output == "" {
		return nil
	}
	o.img.Found = NotThere
	o.odd = "There is no output yet."
	info, err := os.Stat(o.img.Output)
	link, _ := os.Lstat(o.img.Output)
	switch {
	case errors.Is(err, fs.ErrNotExist) && link != nil:
		o.errorAt("output", "Output is a link that leads nowhere", fmt.Sprintf(
			"%s is a link to something that is not there, and the output does not take its place. Remove the link or choose another output.", o.img.Output))
		return nil
	case err == nil && !info.IsDir() && !regular.Is(info):
		o.errorAt("output", "Output is not a file", fmt.Sprintf(
			"%s is %s, and the output is a WIM file. Move it away or choose another output.", o.img.Output, regular.Kind(info.Mode())))
		return nil
	case !o.checkFolder() || errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && info.IsDir():
		o.errorAt("output", "Output is a folder", fmt.Sprintf(
			"%s is a folder, and the output is a WIM file. Name a file in it, or say target to change a folder in place.", o.cfg.Output))
		return nil
	}
	if sameFile(o.img.Source.Path, o.img.Output) {
		o.errorAt("output", "Output is the source", fmt.Sprintf(
			"%s and %s are the same file, and the source is never changed. Choose another output.", o.cfg.Output, o.cfg.Source))
		return nil
	}
	session, found, err := o.readOutput(ctx)
	if err != nil {
		o.errorAt("output", "Can't read the output", fmt.Sprintf(
			"There is something at %s that gild can't read as its output, and it is not replaced: %s Move it away or choose another output.",
			o.img.Output, providers.Sentence(err)))
		return nil
	}
	o.img.Found = FoundOutput(found)
	o.odd, o.seal = "", found.Seal
	if o.receipt, err = ParseReceipt(found.Receipt); err != nil {
		o.odd = "The output is rebuilt: " + providers.Sentence(err)
	}
	if err == nil && o.receipt == nil {
		o.errorAt("output", "Output was not made by gild", fmt.Sprintf(
			"There is an image at %s that gild did not make, and it is not replaced. Move it away or choose another output.", o.img.Output))
		return nil
	}
	return session
}

// sameFile reports whether two paths, however they are spelled and whatever links
// they lead through, are those of one file.
func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func (o *opener) readOutput(ctx context.Context) (image.Session, image.Info, error) {
	session, err := o.get(ctx, o.backend, outputOf(o.img.Output), nil)
	if err != nil {
		return nil, image.Info{}, err
	}
	info, err := session.Info(ctx)
	return session, info, err
}

// outputOf names the image that gild wrote into an output: the first one, and the only
// one unless others were added since.
func outputOf(path string) image.Ref { return image.Ref{Path: path, Index: 1} }

// checkFolder reports an output's folder that does not exist and that apply can't create, before
// any work is done.
func (o *opener) checkFolder() bool {
	for dir := filepath.Dir(o.img.Output); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			o.errorAt("output", "No folder for the output", fmt.Sprintf("%s is no folder. Choose another output, or move it away.", dir))
			return false
		}
		if err == nil || dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (o *opener) warnAt(attr, detail string) {
	d := problem(o.cfg.AttrRange(attr), "Image "+o.cfg.Name, detail)
	d.Severity = hcl.DiagWarning
	o.diags = append(o.diags, d)
}
