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

// Key returns the secret of the store at a path: what is digested with it can't be guessed
// by who does not know it, and only the store's owner can read it. It is made when it is
// first asked for. One that others can read is replaced: a store that comes with a
// configuration has it from there, as version control keeps no such modes.
func Key(path string) (key []byte, err error) {
	f, err := Make(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Lstat(keyFile)
	if err == nil && (runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0) {
		text, err := f.Read(keyFile, 1<<10)
		if err != nil {
			return nil, err
		}
		if key, err := hex.DecodeString(string(text)); err == nil && len(key) == keySize {
			return key, nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, keySize)
	rand.Read(key) // never fails
	return key, f.Write(keyFile, []byte(hex.EncodeToString(key)))
}
