package hive

import (
	"slices"

	"github.com/gildhq/gild/formats/nt"
)

// A valueList is the values of a key in their order of creation. To find, set or
// delete one costs the same however many there are.
type valueList struct {
	all     []Value
	deleted int            // how many of all are marked as such
	index   map[string]int // by [nt.Fold] of a name, where the first of it is; nil until a long list is searched
	twice   bool           // a name was there twice when the index was made
	lent    bool           // all was given away, and is copied before it changes
}

// shortList is how many values are searched one after the other.
const shortList = 16

// list returns the values. They stay as they are whatever is done to the list.
func (l *valueList) list() []Value {
	if l.deleted > 0 {
		l.pack()
	}
	if !l.lent { // see [decoder.loadAll]
		l.lent = true
	}
	return l.all[:len(l.all):len(l.all)]
}

// pack drops the values that are marked as deleted.
func (l *valueList) pack() {
	kept := make([]Value, 0, len(l.all)-l.deleted)
	for _, v := range l.all {
		if !v.deleted {
			kept = append(kept, v)
		}
	}
	*l = valueList{all: kept}
}

func (l *valueList) count() int { return len(l.all) - l.deleted }

// find returns where the first value of a name is, or -1.
func (l *valueList) find(name string) int {
	if len(l.all) <= shortList {
		return slices.IndexFunc(l.all, func(v Value) bool { return !v.deleted && nt.Equal(v.Name, name) })
	}
	if l.index == nil {
		l.makeIndex()
	}
	if i, ok := l.index[nt.Fold(name)]; ok {
		return i
	}
	return -1
}

func (l *valueList) makeIndex() {
	l.index = make(map[string]int, len(l.all))
	for i := range l.all {
		if l.all[i].deleted {
			continue
		}
		name := nt.Fold(l.all[i].Name)
		if _, taken := l.index[name]; taken {
			l.twice = true
			continue
		}
		l.index[name] = i
	}
}

// add puts a value of a new name behind the others.
func (l *valueList) add(v Value) {
	if l.index != nil {
		l.index[nt.Fold(v.Name)] = len(l.all)
	}
	l.all = append(l.all, v)
}

// set replaces a value, whose name stays.
func (l *valueList) set(at int, v Value) {
	l.own()
	v.Name = l.all[at].Name
	l.all[at] = v
}

// delete takes a value out.
func (l *valueList) delete(at int) {
	l.own()
	l.all[at].deleted = true
	l.deleted++
	if l.index != nil {
		delete(l.index, nt.Fold(l.all[at].Name))
	}
	if l.twice || l.deleted > len(l.all)/2 {
		l.pack()
	}
}

// own makes a copy of what was given away.
func (l *valueList) own() {
	if l.lent {
		l.all, l.lent = slices.Clone(l.all), false
	}
}
