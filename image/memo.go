package image

import (
	"slices"
	"sync"
)

// Memo caches results computed from an open image until the image changes, so that a
// list with thousands of entries is read once and not once for each resource. Every
// write calls [Memo.Changed] with the capability that made it. The zero value is ready
// to use; several goroutines may use it.
type Memo struct {
	mu   sync.Mutex
	kept map[any]*kept
}

// Memoizer is a session that has a memo. The memo may miss changes that other programs
// make to a folder.
type Memoizer interface {
	Memo() *Memo
}

// kept is one cached result.
type kept struct {
	mu    sync.Mutex // held while it is read
	valid bool
	value any
	of    []Capability
}

// Changed drops the results read with a capability, also those that are just being
// read. A nil memo caches nothing.
func (m *Memo) Changed(c Capability) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, k := range m.kept {
		if slices.Contains(k.of, c) {
			delete(m.kept, key)
		}
	}
}

// Once returns the result of read, which may use only the capabilities in of. It
// calls read again after a write with one of these, after an error, and every time if
// the session is no [Memoizer]. Key identifies the result; use a type of your own for
// it. The result is shared and must not be changed.
func Once[T any](s Session, key any, read func() (T, error), of ...Capability) (T, error) {
	if m, ok := As[Memoizer](s); ok {
		return Recall(m.Memo(), key, read, of...)
	}
	return read()
}

// Recall is [Once] for what is part of a session and has its memo. A nil memo keeps nothing.
func Recall[T any](m *Memo, key any, read func() (T, error), of ...Capability) (T, error) {
	if m == nil {
		return read()
	}
	k := m.entry(key, of)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.valid {
		return k.value.(T), nil
	}
	value, err := read()
	if err == nil {
		k.value, k.valid = value, true
	}
	return value, err
}

func (m *Memo) entry(key any, of []Capability) *kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[any]*kept{}
	}
	k := m.kept[key]
	if k == nil {
		k = &kept{of: of}
		m.kept[key] = k
	}
	return k
}
