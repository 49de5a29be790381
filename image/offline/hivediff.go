package offline

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// maxHive is the size, in bytes, from which hives are not compared key by key: both
// would be in memory.
const maxHive = 512 << 20

// hive compares the keys and values of a file that is a hive in both images. It returns
// whether it found differences in the content; it also adds other differences of the
// file.
func (d *differences) hive(name string, is, was *wim.Node, what []string) bool {
	if !slices.Contains(what, "content") || is.Size() > maxHive || was.Size() > maxHive {
		return false
	}
	a, b := readHive(d.is.tree, is), readHive(d.was.tree, was)
	if a == nil || b == nil {
		return false
	}
	root := name
	for _, h := range image.Hives() {
		if nt.Equal(h.File, name) {
			root = h.Root
		}
	}
	before := len(d.list)
	d.key(root, a.Root(), b.Root())
	what = slices.DeleteFunc(what, func(w string) bool { return w == "content" || w == "time of the last change" })
	if len(d.list) == before {
		what = append([]string{"content, but no key or value"}, what...)
	}
	if len(what) > 0 {
		d.add(image.DiffersFile, image.Changed, name, strings.Join(what, ", "))
	}
	return true
}

// readHive reads a file as a hive; nil if that is not possible in full.
func readHive(t *tree, n *wim.Node) *hive.Hive {
	r, err := t.content(n)
	if err != nil {
		return nil
	}
	defer r.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "regf" {
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(r, maxHive))
	if err != nil {
		return nil
	}
	h, err := hive.Parse(append(magic, rest...))
	if err != nil {
		return nil
	}
	return h
}

// key compares a key that both have. Parts that can't be read count as missing.
func (d *differences) key(path string, is, was *hive.Key) {
	d.values(path, is, was)
	a, _ := is.Security()
	b, _ := was.Security()
	if !bytes.Equal(a, b) {
		d.add(image.DiffersKey, image.Changed, path, "security descriptor")
	}
	now, _ := is.Subkeys()
	old, _ := was.Subkeys()
	for _, p := range pairs(now, old, func(k *hive.Key) string { return nt.Fold(k.Name()) }) {
		switch {
		case p.b == nil:
			d.oneKey(below(path, (*p.a).Name()), *p.a, image.Added)
		case p.a == nil:
			d.oneKey(below(path, (*p.b).Name()), *p.b, image.Removed)
		default:
			d.key(below(path, (*p.a).Name()), *p.a, *p.b)
		}
	}
}

// oneKey adds a key with everything in it.
func (d *differences) oneKey(path string, k *hive.Key, change image.ChangeKind) {
	all := &differences{}
	all.inKey(path, k, change)
	if inside := len(all.list) - 1; inside > fewInside {
		d.add(image.DiffersKey, change, path, fmt.Sprintf("with %d keys and values in it", inside))
		return
	}
	d.list = append(d.list, all.list...)
}

func (d *differences) inKey(path string, k *hive.Key, change image.ChangeKind) {
	d.add(image.DiffersKey, change, path, "")
	values, _ := k.Values()
	for i := range values {
		d.list = append(d.list, image.Difference{Kind: image.DiffersValue, Change: change, Path: path, Value: &values[i].Name})
	}
	subkeys, _ := k.Subkeys()
	for _, sub := range subkeys {
		d.inKey(below(path, sub.Name()), sub, change)
	}
}

func (d *differences) values(path string, is, was *hive.Key) {
	now, _ := is.Values()
	old, _ := was.Values()
	for _, p := range pairs(now, old, func(v hive.Value) string { return nt.Fold(v.Name) }) {
		diff := image.Difference{Kind: image.DiffersValue, Path: path}
		switch {
		case p.b == nil:
			diff.Change, diff.Value = image.Added, &p.a.Name
		case p.a == nil:
			diff.Change, diff.Value = image.Removed, &p.b.Name
		case p.a.Type == p.b.Type && bytes.Equal(p.a.Data, p.b.Data):
			continue
		default:
			diff.Change, diff.Value = image.Changed, &p.a.Name
		}
		d.list = append(d.list, diff)
	}
}

// pair is two elements with the same name; nil if a list does not have the name.
type pair[T any] struct{ a, b *T }

// pairs joins two lists by name.
func pairs[T any](a, b []T, name func(T) string) []pair[T] {
	byName := map[string]int{}
	var all []pair[T]
	for i := range a {
		byName[name(a[i])] = len(all)
		all = append(all, pair[T]{a: &a[i]})
	}
	for i := range b {
		if at, ok := byName[name(b[i])]; ok {
			all[at].b = &b[i]
		} else {
			all = append(all, pair[T]{b: &b[i]})
		}
	}
	return all
}
