package driverstore

import (
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// owned are keys with a value Owners that names the packages they belong to: services,
// or files outside the store.
type owned struct {
	root string              // their parent key
	keys map[string][]string // by owner, folded; nil: not read yet
}

// of returns the keys that a published name owns.
func (o *owned) of(s *Store, published string) []string {
	if o.keys == nil {
		o.keys = map[string][]string{}
		for _, name := range s.records.Below(o.root) {
			key := o.root + `\` + name
			if _, err := s.registry.Value(key, "Owners"); err != nil {
				continue // most keys have no owner, and reading a single value is fast
			}
			k, _ := s.records.Key(key)
			for _, owner := range k.Texts("Owners") {
				o.add(owner, key)
			}
		}
	}
	return o.keys[nt.Fold(published)]
}

// add adds an owner, if the keys were read.
func (o *owned) add(owner, key string) {
	if o.keys != nil && len(key) > len(o.root) && nt.Equal(key[:len(o.root)], o.root) {
		owner = nt.Fold(owner)
		o.keys[owner] = append(o.keys[owner], key)
	}
}

// lockKey is the key of PnpLockdownFiles for a file below Windows.
func lockKey(name string) string { return lockdown + `\%SystemRoot%` + name[len("Windows"):] }

// lockedFile returns the name in the image of a file that a key of PnpLockdownFiles is
// for.
func lockedFile(key string) (string, bool) {
	const root = lockdown + `\%SystemRoot%/`
	if len(key) <= len(root) || !nt.Equal(key[:len(root)], root) || strings.Contains(key[len(root):], `\`) {
		return "", false
	}
	return "Windows/" + key[len(root):], true
}
