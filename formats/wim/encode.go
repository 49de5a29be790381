package wim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// encoder lays out a metadata resource; see metadata for the form.
type encoder struct {
	hashOf   func(*Stream) Hash
	b        []byte
	security map[string]uint32
	table    [][]byte
	path     []string
}

// encodeMetadata returns the metadata resource of a tree. hashOf gives the
// hash of a stream's content.
func encodeMetadata(root *Node, hashOf func(*Stream) Hash) ([]byte, error) {
	e := &encoder{hashOf: hashOf, security: map[string]uint32{}}
	for _, n := range root.All() {
		e.intern(n.Security)
	}
	if err := e.putSecurity(); err != nil {
		return nil, err
	}
	at := len(e.b)
	top := *root
	top.Name, top.ShortName = "", ""
	if err := e.put(&top); err != nil {
		return nil, err
	}
	e.end()
	return e.b, e.list(&top, at)
}

func (e *encoder) errorf(format string, args ...any) error {
	return fmt.Errorf(`\%s: %w`, strings.Join(e.path, `\`), fmt.Errorf(format, args...))
}

func (e *encoder) intern(sd []byte) {
	if _, known := e.security[string(sd)]; len(sd) > 0 && !known {
		e.security[string(sd)] = uint32(len(e.table))
		e.table = append(e.table, sd)
	}
}

// putSecurity writes the table of security descriptors.
func (e *encoder) putSecurity() error {
	total := 8 + 8*len(e.table)
	for _, sd := range e.table {
		total += len(sd)
	}
	if total > 1<<31 {
		return e.errorf("its security descriptors take %d bytes, more than an image can hold", total)
	}
	le := binary.LittleEndian
	e.b = le.AppendUint32(e.b, uint32(align8(uint64(total))))
	e.b = le.AppendUint32(e.b, uint32(len(e.table)))
	for _, sd := range e.table {
		e.b = le.AppendUint64(e.b, uint64(len(sd)))
	}
	for _, sd := range e.table {
		e.b = append(e.b, sd...)
	}
	e.align()
	return nil
}

func (e *encoder) align() {
	e.b = append(e.b, make([]byte, align8(uint64(len(e.b)))-uint64(len(e.b)))...)
}

// end writes the end of a list of entries.
func (e *encoder) end() { e.b = append(e.b, make([]byte, 8)...) }

// list writes the entries of the directory n, whose own entry is at offset at,
// and all that is below them. An empty directory has a list too.
func (e *encoder) list(n *Node, at int) error {
	if !n.IsDir() || n.IsReparse() && len(n.Children) == 0 {
		if len(n.Children) > 0 {
			return e.errorf("it has entries but is not a directory")
		}
		return nil
	}
	if len(e.path) > maxDepth {
		return e.errorf("directories are nested more than %d deep", maxDepth)
	}
	nodes, err := e.ordered(n.Children)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(e.b[at+16:], uint64(len(e.b)))
	offsets := make([]int, len(nodes))
	for i, c := range nodes {
		offsets[i] = len(e.b)
		if err := e.put(c); err != nil {
			return err
		}
	}
	e.end()
	for i, c := range nodes {
		e.path = append(e.path, c.Name)
		if err := e.list(c, offsets[i]); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	return nil
}

// ordered returns the nodes in order and refuses names no file may have.
func (e *encoder) ordered(nodes []*Node) ([]*Node, error) {
	order := func(a, b *Node) int { return Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(nodes, order) {
		nodes = slices.SortedFunc(slices.Values(nodes), order)
	}
	for i, n := range nodes {
		if err := checkName(n.Name); err != nil {
			return nil, e.errorf("%w", err)
		}
		if i > 0 && nodes[i-1].Name == n.Name {
			return nil, e.errorf("there are two entries named %q", n.Name)
		}
	}
	return nodes, nil
}

// put writes the entry of n and of its streams.
func (e *encoder) put(n *Node) error {
	main, extra := e.streams(n)
	name, short := nt.AppendUTF16(nil, n.Name), nt.AppendUTF16(nil, n.ShortName)
	if len(name) > 1<<16-2 || len(short) > 1<<16-2 || len(extra) > 1<<16-1 {
		return e.errorf("%.40q: its name is too long or it has too many streams", n.Name)
	}
	at := len(e.b)
	e.b = append(e.b, make([]byte, dentrySize)...)
	e.putFixed(n, e.b[at:], main)
	le := binary.LittleEndian
	le.PutUint16(e.b[at+96:], uint16(len(extra)))
	le.PutUint16(e.b[at+98:], uint16(len(short)))
	le.PutUint16(e.b[at+100:], uint16(len(name)))
	for _, s := range [][]byte{name, short} {
		if len(s) > 0 {
			e.b = append(append(e.b, s...), 0, 0)
		}
	}
	e.align()
	e.b = append(e.b, n.Tagged...)
	e.align()
	le.PutUint64(e.b[at:], uint64(len(e.b)-at))
	for _, s := range extra {
		if err := e.putStream(s); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) putFixed(n *Node, b []byte, main Hash) {
	le := binary.LittleEndian
	le.PutUint32(b[8:], n.Attributes)
	le.PutUint32(b[12:], noSecurity)
	if len(n.Security) > 0 {
		le.PutUint32(b[12:], e.security[string(n.Security)])
	}
	le.PutUint64(b[40:], uint64(n.Created))
	le.PutUint64(b[48:], uint64(n.Accessed))
	le.PutUint64(b[56:], uint64(n.Written))
	copy(b[64:], main[:])
	le.PutUint32(b[84:], n.Reserved)
	if n.IsReparse() {
		le.PutUint32(b[88:], n.ReparseTag)
		le.PutUint32(b[92:], n.ReparseFlags)
	} else {
		le.PutUint64(b[88:], n.HardLink)
	}
}

type streamEntry struct {
	name string
	hash Hash
}

// streams returns the hash in the entry of n and what goes into entries of
// their own: nothing but for reparse points and named streams, with which all
// streams do, the reparse data first and then the unnamed one.
func (e *encoder) streams(n *Node) (main Hash, extra []streamEntry) {
	var reparse, named []streamEntry
	for i := range n.Streams {
		s := &n.Streams[i]
		entry := streamEntry{s.Name, e.hashOf(s)}
		switch {
		case s.Kind == Reparse:
			reparse = append(reparse, entry)
		case s.Name != "":
			named = append(named, entry)
		default:
			main = entry.hash
		}
	}
	if len(reparse)+len(named) == 0 {
		return main, nil
	}
	extra = append(reparse, streamEntry{"", main})
	return Hash{}, append(extra, named...)
}

func (e *encoder) putStream(s streamEntry) error {
	name := nt.AppendUTF16(nil, s.name)
	if len(name) > 1<<16-2 {
		return e.errorf("stream %.40q: its name is too long", s.name)
	}
	at := len(e.b)
	e.b = append(e.b, make([]byte, streamSize)...)
	copy(e.b[at+16:], s.hash[:])
	binary.LittleEndian.PutUint16(e.b[at+36:], uint16(len(name)))
	if len(name) > 0 {
		e.b = append(append(e.b, name...), 0, 0)
	}
	e.align()
	binary.LittleEndian.PutUint64(e.b[at:], uint64(len(e.b)-at))
	return nil
}
