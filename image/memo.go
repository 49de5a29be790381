package image

import (
	"slices"
	"sync"
)

// Memo keeps what readers made of an open image for as long as the image stays as it
// is, so that a list of thousands is put together once and not once for each
// resource that looks into it. Every write says with [Memo.Changed] which capability
// it was made with. The zero value is ready to use; several goroutines may use it.
type Memo struct {
	mu   sync.Mutex
	kept map[any]*kept
}

// Memoizer is a session that has a memo. What others write into a folder while it is
// open may not be seen.
type Memoizer interface {
	Memo() *Memo
}

// kept is one thing that was read.
type kept struct {
	mu    sync.Mutex // held while it is read
	valid bool
	value any
	of    []Capability
}

// Changed forgets what was read with a capability. What is being read meanwhile is
// not kept either. A nil memo keeps nothing.
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

// Once returns what read makes of the image, with nothing but the capabilities in
// of. It is read again after a write to the image with one of these, after an error,
// and each time if the session is no [Memoizer]. Key stands for what is read; give it
// a type of its own. What is returned is shared: it must not be changed.
func Once[T any](s Session, key any, read func() (T, error), of ...Capability) (T, error) {
	m, ok := As[Memoizer](s)
	if !ok {
		return read()
	}
	k := m.Memo().entry(key, of)
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
