package wim

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

const (
	dentrySize = 102 // bytes of a directory entry before its names
	streamSize = 38  // bytes of a stream entry before its name
	noSecurity = 0xffffffff

	// maxDepth is how deep directories may be nested. Windows can't go deeper
	// than its longest path, 32,767 characters, and in practice stays far below.
	maxDepth = 512
)

// metadata decodes a metadata resource: a table of security descriptors, the
// root's entry, and lists of entries that refer to each other by offset
// [WIM, "Metadata resource"]. Every list is read at most once, so that
// neither loops nor overlaps make it endless.
type metadata struct {
	b        []byte
	sizeOf   func(Hash) int64
	security [][]byte
	read     int // bytes of entries read
	lists    map[uint64]bool
	free     []Node // nodes not yet handed out
	path     []string
}

// parseMetadata returns the tree of an image. sizeOf gives the size of a blob.
func parseMetadata(b []byte, sizeOf func(Hash) int64) (*Node, error) {
	m := &metadata{b: b, sizeOf: sizeOf, lists: map[uint64]bool{}}
	start, err := m.parseSecurity()
	if err != nil {
		return nil, err
	}
	root, list, _, err := m.entry(start)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, m.errorf("there is no root directory")
	}
	root.Name, root.ShortName = "", ""
	if list != 0 && !root.IsDir() {
		return nil, m.errorf("a file that is not a directory has entries")
	}
	root.Children, err = m.children(list)
	return root, err
}

func (m *metadata) errorf(format string, args ...any) error {
	return fmt.Errorf("%w: metadata of \\%s: %w", ErrCorrupt, strings.Join(m.path, `\`), fmt.Errorf(format, args...))
}

// parseSecurity decodes the table of security descriptors and returns the
// offset behind it.
func (m *metadata) parseSecurity() (uint64, error) {
	if len(m.b) < 8 {
		return 0, m.errorf("%d bytes are too few for a security table", len(m.b))
	}
	le := binary.LittleEndian
	total, n := uint64(le.Uint32(m.b)), uint64(le.Uint32(m.b[4:]))
	if total == 0 {
		total = 8
	}
	if total < 8 || total > uint64(len(m.b)) || n > (total-8)/8 {
		return 0, m.errorf("a security table of %d bytes with %d entries does not fit", total, n)
	}
	table := slices.Clone(m.b[:total])
	m.security = make([][]byte, n)
	at := 8 + 8*n
	for i := range m.security {
		size := le.Uint64(table[8+8*i:])
		if size > total-at {
			return 0, m.errorf("security descriptor %d of %d bytes does not fit", i, size)
		}
		m.security[i] = table[at : at+size : at+size]
		at += size
	}
	return align8(total), nil
}

func align8(n uint64) uint64 { return (n + 7) &^ 7 }

// children reads the list of entries at offset at and what is below them.
func (m *metadata) children(at uint64) ([]*Node, error) {
	if at == 0 {
		return nil, nil
	}
	if len(m.path) > maxDepth {
		return nil, m.errorf("directories are nested more than %d deep", maxDepth)
	}
	if end, err := m.isEnd(at); end || err != nil {
		return nil, err
	}
	if m.lists[at] {
		return nil, m.errorf("its entries at offset %d are also another directory's: a loop or a shared directory", at)
	}
	m.lists[at] = true
	var nodes []*Node
	var lists []uint64
	for {
		n, list, next, err := m.entry(at)
		if err != nil {
			return nil, err
		}
		if n == nil {
			break
		}
		if err := checkName(n.Name); err != nil {
			return nil, m.errorf("%w", err)
		}
		nodes, lists, at = append(nodes, n), append(lists, list), next
	}
	for i, n := range nodes {
		if err := m.descend(n, lists[i]); err != nil {
			return nil, err
		}
	}
	return m.sorted(nodes)
}

func (m *metadata) descend(n *Node, list uint64) error {
	if list == 0 {
		return nil
	}
	m.path = append(m.path, n.Name)
	defer func() { m.path = m.path[:len(m.path)-1] }()
	if !n.IsDir() {
		return m.errorf("a file that is not a directory has entries")
	}
	var err error
	n.Children, err = m.children(list)
	return err
}

func (m *metadata) sorted(nodes []*Node) ([]*Node, error) {
	order := func(a, b *Node) int { return Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(nodes, order) {
		slices.SortStableFunc(nodes, order)
	}
	for i := 1; i < len(nodes); i++ {
		if nodes[i].Name == nodes[i-1].Name {
			return nil, m.errorf("there are two entries named %q", nodes[i].Name)
		}
	}
	return slices.Clip(nodes), nil
}

// checkName refuses names that would lead out of their directory.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("an entry has no name")
	case name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00"):
		return fmt.Errorf("the name %q is not allowed", name)
	}
	return nil
}

// isEnd reports whether the list at offset at ends there.
func (m *metadata) isEnd(at uint64) (bool, error) {
	if at > uint64(len(m.b)) || uint64(len(m.b))-at < 8 || at&7 != 0 {
		return false, m.errorf("its entries at offset %d lie outside the resource of %d bytes", at, len(m.b))
	}
	return binary.LittleEndian.Uint64(m.b[at:]) <= 8, nil
}

// entry decodes the entry at offset at; n is nil at the end of a list.
func (m *metadata) entry(at uint64) (n *Node, list, next uint64, err error) {
	if end, err := m.isEnd(at); end || err != nil {
		return nil, 0, 0, err
	}
	length := binary.LittleEndian.Uint64(m.b[at:])
	if length < dentrySize || length > uint64(len(m.b))-at {
		return nil, 0, 0, m.errorf("the entry at offset %d announces %d bytes", at, length)
	}
	e := m.b[at : at+length]
	n = m.node()
	if err := m.decodeEntry(n, e); err != nil {
		return nil, 0, 0, err
	}
	next, err = m.streams(n, Hash(e[64:84]), int(binary.LittleEndian.Uint16(e[96:])), at+align8(length))
	if err != nil {
		return nil, 0, 0, err
	}
	m.read += int(next - at)
	if m.read > len(m.b) {
		return nil, 0, 0, m.errorf("the entry at offset %d overlaps others", at)
	}
	return n, binary.LittleEndian.Uint64(e[16:]), next, nil
}

// node allocates nodes by the thousand.
func (m *metadata) node() *Node {
	if len(m.free) == 0 {
		m.free = make([]Node, min(1024, len(m.b)/dentrySize+1))
	}
	n := &m.free[0]
	m.free = m.free[1:]
	return n
}

func (m *metadata) decodeEntry(n *Node, e []byte) error {
	le := binary.LittleEndian
	n.Attributes = le.Uint32(e[8:])
	if id := le.Uint32(e[12:]); id != noSecurity {
		if uint64(id) >= uint64(len(m.security)) {
			return m.errorf("an entry has security descriptor %d of %d", id, len(m.security))
		}
		n.Security = m.security[id]
	}
	n.Created = nt.Time(le.Uint64(e[40:]))
	n.Accessed = nt.Time(le.Uint64(e[48:]))
	n.Written = nt.Time(le.Uint64(e[56:]))
	n.Reserved = le.Uint32(e[84:])
	if n.IsReparse() {
		n.ReparseTag, n.ReparseFlags = le.Uint32(e[88:]), le.Uint32(e[92:])
	} else {
		n.HardLink = le.Uint64(e[88:])
	}
	return m.decodeNames(n, e)
}

// decodeNames decodes the name, the short name and the items behind them. Each
// name that is not empty is followed by a zero that is not counted.
func (m *metadata) decodeNames(n *Node, e []byte) error {
	short, long := int(binary.LittleEndian.Uint16(e[98:])), int(binary.LittleEndian.Uint16(e[100:]))
	at := dentrySize
	for _, name := range []struct {
		size int
		to   *string
	}{{long, &n.Name}, {short, &n.ShortName}} {
		if name.size == 0 {
			continue
		}
		if name.size%2 != 0 || at+name.size > len(e) {
			return m.errorf("an entry of %d bytes has names of %d and %d bytes", len(e), long, short)
		}
		*name.to = nt.DecodeUTF16(e[at : at+name.size])
		at += name.size + 2
	}
	if at = int(align8(uint64(at))); at+8 <= len(e) && slices.ContainsFunc(e[at:], func(b byte) bool { return b != 0 }) {
		n.Tagged = slices.Clone(e[at:])
	}
	return nil
}

// streams decodes the count stream entries at offset at and gives n its
// streams; main is the hash in the directory entry. The unnamed stream may be
// in either place; with reparse points the first unnamed one is the reparse
// data.
func (m *metadata) streams(n *Node, main Hash, count int, at uint64) (uint64, error) {
	if err := m.addStream(n, "", main); err != nil {
		return 0, err
	}
	for range count {
		if at > uint64(len(m.b)) || uint64(len(m.b))-at < streamSize {
			return 0, m.errorf("the stream entries of %q are cut short", n.Name)
		}
		e := m.b[at:]
		length := binary.LittleEndian.Uint64(e)
		size := uint64(binary.LittleEndian.Uint16(e[36:]))
		if length > uint64(len(e)) || length < streamSize+size || size%2 != 0 {
			return 0, m.errorf("a stream entry of %q announces %d bytes", n.Name, length)
		}
		if err := m.addStream(n, nt.DecodeUTF16(e[streamSize:streamSize+size]), Hash(e[16:36])); err != nil {
			return 0, err
		}
		at += align8(length)
	}
	return at, nil
}

func (m *metadata) addStream(n *Node, name string, h Hash) error {
	s := Stream{Name: name, Hash: h}
	if name == "" {
		if h.IsZero() {
			return nil
		}
		if n.IsReparse() && n.ReparseData() == nil {
			s.Kind = Reparse
		} else if old := n.Stream(""); old != nil {
			if old.Hash == h {
				return nil
			}
			return m.errorf("%q has two unnamed streams", n.Name)
		}
	}
	s.Size = m.sizeOf(h)
	if n.Streams == nil {
		n.Streams = make([]Stream, 0, 1)
	}
	n.Streams = append(n.Streams, s)
	return nil
}
