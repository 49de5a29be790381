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

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/spelling"
	"github.com/gildhq/gild/image"
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
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return spelling.Path(path)
	}
	return spelling.Path(filepath.Join(in.Config.Dir, path))
}

// openSource opens the image's source or target, and fills in what the plan says of
// it.
func (m *maker) openSource(ctx context.Context) image.Session {
	img, cfg := m.img, m.cfg
	img.Backend, img.Serviced = m.backend.Name(), slices.Contains(m.backend.Offers(), image.CanService)
	img.Output, img.Target = m.below(cfg.Output), m.below(cfg.Target)
	img.Checkpoint, img.Retry, img.AllowDirtyHives, img.Export = cfg.Checkpoint, cfg.Retry, cfg.AllowDirtyHives, formatOf(cfg.Export)
	attr := "source"
	ref, words, err := m.sourceOf(ctx, cfg)
	if err != nil {
		m.errorAt(attr, "Can't open the source", sentence(err))
		return nil
	}
	if img.Target != "" {
		attr, ref = "target", image.Ref{Path: img.Target}
		if info, err := os.Stat(img.Target); err == nil && !info.IsDir() {
			m.errorAt(attr, "Target is a file", fmt.Sprintf(
				"%s is a file, and only a folder can be changed in place. Make it the source, and name an output.", cfg.Target))
			return nil
		}
	}
	session, err := m.get(ctx, m.backend, ref, cfg.AllowDirtyHives)
	if err != nil {
		m.errorAt(attr, "Can't open the "+attr, sentence(named(err, ref.Path, words)))
		return nil
	}
	info, err := session.Info(ctx)
	if err != nil {
		m.errorAt(attr, "Can't read the "+attr, sentence(named(err, ref.Path, words)))
		return nil
	}
	if m.Concerns != nil {
		concerns, err := m.Concerns(ctx, session)
		if err != nil {
			concerns = append(concerns, "it is unknown whether the image can be serviced: "+sentence(err))
		}
		info.Warnings = slices.Concat(info.Warnings, concerns)
	}
	for _, w := range info.Warnings {
		m.warnAt(attr, w)
	}
	if err := image.CanKeep(session, image.Meta{}); img.Target != "" && err != nil {
		m.errorAt(attr, "Target can't be changed", fmt.Sprintf("Nothing in %s can be changed: %s.", cfg.Target, err))
		return nil
	}
	img.Source = image.Ref{Path: ref.Path, Index: info.Index}
	img.From, img.Within = cfg.From, cfg.Inner
	img.Fingerprint = info.Fingerprint
	img.Clock = m.clock(info)
	if img.Target != "" && m.Epoch == nil {
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
func (m *maker) openOutput(ctx context.Context) image.Session {
	if m.img.Output == "" {
		return nil
	}
	m.img.Found = NotThere
	m.odd = "There is no output yet."
	info, err := os.Stat(m.img.Output)
	link, _ := os.Lstat(m.img.Output)
	switch {
	case errors.Is(err, fs.ErrNotExist) && link != nil:
		m.errorAt("output", "Output is a link that leads nowhere", fmt.Sprintf(
			"%s is a link to something that is not there, and the output does not take its place. Remove the link or choose another output.", m.img.Output))
		return nil
	case err == nil && !info.IsDir() && !regular.Is(info):
		m.errorAt("output", "Output is not a file", fmt.Sprintf(
			"%s is %s, and the output is a WIM file. Move it away or choose another output.", m.img.Output, regular.Kind(info.Mode())))
		return nil
	case !m.checkFolder() || errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && info.IsDir():
		m.errorAt("output", "Output is a folder", fmt.Sprintf(
			"%s is a folder, and the output is a WIM file. Name a file in it, or say target to change a folder in place.", m.cfg.Output))
		return nil
	}
	if sameFile(m.img.Source.Path, m.img.Output) {
		m.errorAt("output", "Output is the source", fmt.Sprintf(
			"%s and %s are the same file, and the source is never changed. Choose another output.", m.cfg.Output, m.cfg.Source))
		return nil
	}
	session, found, err := m.readOutput(ctx)
	if err != nil {
		m.errorAt("output", "Can't read the output", fmt.Sprintf(
			"There is something at %s that gild can't read as its output, and it is not replaced: %s Move it away or choose another output.",
			m.img.Output, sentence(err)))
		return nil
	}
	m.img.Found = FoundOutput(found)
	m.odd, m.seal = "", found.Seal
	if m.receipt, err = ParseReceipt(found.Receipt); err != nil {
		m.odd = "The output is rebuilt: " + sentence(err)
	}
	if err == nil && m.receipt == nil {
		m.errorAt("output", "Output was not made by gild", fmt.Sprintf(
			"There is an image at %s that gild did not make, and it is not replaced. Move it away or choose another output.", m.img.Output))
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

func (m *maker) readOutput(ctx context.Context) (image.Session, image.Info, error) {
	session, err := m.get(ctx, m.backend, outputOf(m.img.Output), nil)
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
func (m *maker) checkFolder() bool {
	for dir := filepath.Dir(m.img.Output); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			m.errorAt("output", "No folder for the output", fmt.Sprintf("%s is no folder. Choose another output, or move it away.", dir))
			return false
		}
		if err == nil || dir == filepath.Dir(dir) {
			return true
		}
	}
}

func (m *maker) warnAt(attr, detail string) {
	d := problem(m.cfg.AttrRange(attr), "Image "+m.cfg.Name, detail)
	d.Severity = hcl.DiagWarning
	m.diags = append(m.diags, d)
}

// sentence ends an error as a sentence.
func sentence(err error) string { return strings.TrimSuffix(err.Error(), ".") + "." }
