package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"runtime"
)

const (
	keyFile = "key"
	keySize = 32
)

// Key returns the secret key of the store at a path. Without the key, no one can guess values
// from their keyed digests; only the store's owner can read it. It is made at the first use. A
// key that others can read is replaced: it came with a store from version control, which does not
// keep such modes.
func Key(path string) (key []byte, err error) {
	f, err := Make(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if key, err = f.key(); key != nil || err != nil {
		return key, err
	}
	key = make([]byte, keySize)
	rand.Read(key) // never fails
	return key, f.Write(keyFile, []byte(hex.EncodeToString(key)))
}

// FindKey is Key that makes no key: it returns nil if the store has none.
func FindKey(path string) (key []byte, err error) {
	f, err := Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.key()
}

// key returns nil if there is no valid key.
func (f *Folder) key() ([]byte, error) {
	info, err := f.Lstat(keyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, nil
	}
	text, err := f.Read(keyFile, 1<<10)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(text))
	if err != nil || len(key) != keySize {
		return nil, nil
	}
	return key, nil
}
