package offline_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/sample"
)

// altered writes a changed copy of a file's first image, with all its XML data, and
// returns the new file.
func altered(t *testing.T, file string, o wim.Options, change func(root *wim.Node, info *wim.ImageInfo)) string {
	t.Helper()
	f, err := wim.Open(file)
	must(t, err)
	defer f.Close()
	img, err := f.Image(1)
	must(t, err)
	about := img.Info
	change(img.Root, &about)
	o.Compression, o.XML = wim.LZX, f.XML()
	b, err := wim.NewBuilder(o)
	must(t, err)
	must(t, b.AddImage(img.Root, about, f))
	path := filepath.Join(t.TempDir(), "altered.wim")
	out, err := os.Create(path)
	must(t, err)
	defer out.Close()
	must(t, b.Write(t.Context(), out))
	return path
}

func software(t *testing.T, root *wim.Node, s image.Session, change func(*hive.Hive)) {
	t.Helper()
	r, err := files(t, s).Open("Windows/System32/config/SOFTWARE")
	must(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	must(t, err)
	h, err := hive.Parse(data)
	must(t, err)
	change(h)
	data, err = h.Bytes(hive.WriteOptions{})
	must(t, err)
	*root.Lookup("Windows/System32/config/SOFTWARE").Stream("") = wim.Stream{Content: text(string(data))}
}

// TestDifferences changes every property that an output has.
func TestDifferences(t *testing.T) {
	source, store := filepath.Join(t.TempDir(), "base.wim"), filepath.Join(t.TempDir(), "store")
	must(t, sample.Write(t.Context(), source, sample.Options{Files: 100}))
	s := session(t, source, store)
	write(t, s, "Windows/new.txt", "new")
	must(t, files(t, s).Remove("Users/Public/Desktop/Welcome.url"))
	r, _ := image.As[image.Registry](s)
	must(t, r.SetValue("HKLM/SOFTWARE/Contoso", image.Value{Name: "x", Type: hive.RegDword, Data: hive.EncodeUint32(1)}))
	must(t, s.Commit(t.Context(), "step1"))
	out := export(t, s, image.ExportOptions{Receipt: []byte("{}")})
	at, name := nt.TimeOf(imagetest.Clock()), func(s string) *string { return &s }
	const hal, readme = "Windows/System32/hal.dll", "Program Files/Common Files/readme.txt"

	for _, tt := range []struct {
		name   string
		change func(root *wim.Node, info *wim.ImageInfo)
		seal   image.Seal
		want   []image.Difference
	}{
		{"nothing", func(*wim.Node, *wim.ImageInfo) {}, image.SealWhole, nil},
		{"content", func(root *wim.Node, _ *wim.ImageInfo) {
			*root.Lookup(hal).Stream("") = wim.Stream{Content: text("other")}
		}, image.SealBroken, []image.Difference{{Kind: image.DiffersFile, Change: image.Changed, Path: hal, What: "content"}}},
		{"attributes and times", func(root *wim.Node, _ *wim.ImageInfo) {
			n := root.Lookup(hal)
			n.Attributes, n.Created, n.Written = n.Attributes|wim.AttrHidden, n.Created+1, n.Written+1
		}, image.SealBroken, []image.Difference{{Kind: image.DiffersFile, Change: image.Changed, Path: hal, What: "attributes, time of creation, time of the last change"}}},
		{"security", func(root *wim.Node, _ *wim.ImageInfo) { root.Lookup("Users").Security = nil },
			image.SealBroken, []image.Difference{{Kind: image.DiffersFolder, Change: image.Changed, Path: "Users", What: "security descriptor"}}},
		{"stream", func(root *wim.Node, _ *wim.ImageInfo) {
			n := root.Lookup("Windows/new.txt")
			n.Streams = append(n.Streams, wim.Stream{Name: "Zone.Identifier", Content: text("[ZoneTransfer]")})
		}, image.SealBroken, []image.Difference{{Kind: image.DiffersFile, Change: image.Changed, Path: "Windows/new.txt", What: "alternate data streams"}}},
		{"short name", func(root *wim.Node, _ *wim.ImageInfo) { root.Lookup(hal).ShortName = "H~1.DLL" },
			image.SealBroken, []image.Difference{{Kind: image.DiffersFile, Change: image.Changed, Path: hal, What: "short name"}}},
		{"hard link", func(root *wim.Node, _ *wim.ImageInfo) {
			a := root.Lookup(readme)
			children := root.Lookup("Windows").Children
			i := slices.IndexFunc(children, func(n *wim.Node) bool { return n.Name == "new.txt" })
			link := *a
			link.Name, link.Created, link.Written = "new.txt", children[i].Created, children[i].Written
			link.Attributes, link.Security = children[i].Attributes, children[i].Security
			a.HardLink, link.HardLink = 7777, 7777
			children[i] = &link
		}, image.SealBroken, []image.Difference{
			{Kind: image.DiffersFile, Change: image.Changed, Path: readme, What: "hard links"},
			{Kind: image.DiffersFile, Change: image.Changed, Path: "Windows/new.txt", What: "content, hard links"},
		}},
		{"registry", func(root *wim.Node, _ *wim.ImageInfo) {
			software(t, root, s, func(h *hive.Hive) {
				k, err := h.Root().CreateSubkey("Contoso", at)
				must(t, err)
				must(t, k.Set("x", hive.RegDword, hive.EncodeUint32(2), at))
				must(t, k.Set("", hive.RegSZ, hive.EncodeString("default"), at))
				sub, err := k.CreateSubkey("Sub", at)
				must(t, err)
				must(t, sub.Set("y", hive.RegSZ, nil, at))
			})
		}, image.SealBroken, []image.Difference{
			{Kind: image.DiffersValue, Change: image.Changed, Path: "HKLM/SOFTWARE/Contoso", Value: name("x")},
			{Kind: image.DiffersValue, Change: image.Added, Path: "HKLM/SOFTWARE/Contoso", Value: name("")},
			{Kind: image.DiffersKey, Change: image.Added, Path: "HKLM/SOFTWARE/Contoso/Sub"},
			{Kind: image.DiffersValue, Change: image.Added, Path: "HKLM/SOFTWARE/Contoso/Sub", Value: name("y")},
		}},
		{"name", func(_ *wim.Node, info *wim.ImageInfo) { info.Name = "Mine" }, image.SealBroken, []image.Difference{
			{Kind: image.DiffersMetadata, Change: image.Changed, Path: "NAME", What: `"Windows 11 Pro" -> "Mine"`},
		}},
		{"receipt", func(_ *wim.Node, info *wim.ImageInfo) { info.XML.Set("{ }", "GILD", "RECEIPT") }, image.SealBroken, nil},
		{"no seal", func(_ *wim.Node, info *wim.ImageInfo) { info.XML.Find("GILD").Remove("SEAL") }, image.Unsealed, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			is, err := openIndex(t, altered(t, out, wim.Options{}, tt.change), 1)
			must(t, err)
			defer is.Close()
			if seal := info(t, is).Seal; seal != tt.seal {
				t.Errorf("the seal is %q, not %q", seal, tt.seal)
			}
			made, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: source}, image.OpenOptions{Store: store, Chain: []string{"step1"}})
			must(t, err)
			defer made.Close()
			differ, _ := image.As[image.Differ](is)
			got, err := differ.Differences(made)
			must(t, err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
