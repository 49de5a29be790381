package crash

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Log is what a program did to the files below a folder, in order, and what was
// there before. Files are known by numbers of its own: names come and go.
type Log struct {
	base map[int]*node // before the first operation; what is there then is on the disk
	ops  []operation
}

// Len returns how many operations there are.
func (l *Log) Len() int { return len(l.ops) }

// root is the number of the folder.
const root = 0

// node is a file or a folder.
type node struct {
	content []byte
	entries map[string]int // of a folder; nil: it is a file
}

func (n *node) clone() *node {
	return &node{content: slices.Clone(n.content), entries: maps.Clone(n.entries)}
}

type kind int

const (
	writes    kind = iota // data at off of file
	truncates             // file to off bytes
	names                 // file gets a name in a folder, which it may have had elsewhere
	unnames               // file loses its name
	flushes               // all that was done to file, or to a folder's names, before the call began
)

// operation is a call that has been made.
type operation struct {
	kind     kind
	file     int
	off      int64
	data     []byte
	at, from place // of names: from is where it was, if it moves
	moves    bool
	folder   bool // of names: file is a folder that was made
	before   int  // of flushes: so many operations were done when it began
}

// place is a name in a folder.
type place struct {
	dir  int
	name string
}

// snapshot reads what is below a folder, and calls found for each file.
func snapshot(dir string, found func(number int, path string) error) (map[int]*node, error) {
	nodes := map[int]*node{}
	numbers := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		number, n := len(nodes), &node{}
		if d.IsDir() {
			n.entries = map[string]int{}
		} else if n.content, err = os.ReadFile(path); err != nil {
			return err
		}
		nodes[number], numbers[path] = n, number
		if number != root {
			nodes[numbers[filepath.Dir(path)]].entries[filepath.Base(path)] = number
		}
		return found(number, path)
	})
	return nodes, err
}
