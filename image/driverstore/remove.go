package driverstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Remove removes a package from the store, with all reflected services and files that
// no other package uses. A package that came with Windows can't be removed. For a
// package that does not exist the error is fs.ErrNotExist. After an error do not commit
// the session.
func (s *Store) Remove(ctx context.Context, p Package) error {
	i := s.find(p.Key)
	if i < 0 {
		return fmt.Errorf("driver package %s: %w", p.Key, fs.ErrNotExist)
	}
	p = s.packages[i]
	r := &removal{Store: s, Package: p}
	if err := r.check(); err != nil {
		return fmt.Errorf("driver package %s: %w", p.Key, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, step := range []func() error{r.unlock, r.unserve, r.unrecord, r.unfile} {
		if err := step(); err != nil {
			return fmt.Errorf("driver package %s: %w", p.Key, err)
		}
	}
	s.packages = slices.Delete(s.packages, i, i+1)
	delete(s.state.taken, r.number)
	return nil
}

// removal is a package that is being removed.
type removal struct {
	*Store
	Package
	number int
	locked []string // keys of its files outside the store
}

// check refuses, before anything is changed, a package that can't be removed
// completely.
func (r *removal) check() error {
	n, ok := oemNumber(r.PublishedName)
	if !ok {
		return fmt.Errorf("it is published as %q; only added packages, named oemN.inf, can be removed", r.PublishedName)
	}
	r.number = n
	for _, db := range r.state.databases {
		if err := r.registry.Writable(db); err != nil {
			return err
		}
		k, _ := r.records.Key(db + `\DriverInfFiles\` + r.PublishedName)
		if names := k.Texts(""); slices.ContainsFunc(names, func(n string) bool { return !nt.Equal(n, r.Key) }) {
			return fmt.Errorf("%s is the published name of several packages: %s", r.PublishedName, strings.Join(names, ", "))
		}
	}
	r.locked = r.state.locked.of(r.Store, r.PublishedName)
	for _, key := range r.locked {
		if _, ok := lockedFile(key); !ok {
			return fmt.Errorf("it owns a file at an unknown path: %s", key)
		}
		if err := r.registry.Writable(key); err != nil {
			return err
		}
	}
	return nil
}

// unlock removes its files outside the store, except those of others.
func (r *removal) unlock() error {
	for _, key := range r.locked {
		free, err := r.disown(key)
		if err != nil {
			return err
		}
		name, _ := lockedFile(key)
		if free {
			err = r.removeFile(name)
		} else {
			err = r.repoint(key, name)
		}
		if err != nil {
			return err
		}
	}
	delete(r.state.locked.keys, nt.Fold(r.PublishedName))
	return nil
}

// repoint records another owner as the source of a shared file, if the record names
// this package.
func (r *removal) repoint(key, name string) error {
	k, _ := r.records.Key(key)
	if !strings.Contains(nt.Fold(k.Text("Source")), nt.Fold(`\`+r.Key+`\`)) {
		return nil
	}
	if done, err := r.inheritFile(key, name); done || err != nil {
		return err
	}
	sum, err := r.files.SHA1(name)
	if err != nil {
		return ifThere(err)
	}
	for _, owner := range k.Texts("Owners") {
		for _, p := range r.packages {
			if p.Folder == "" || !nt.Equal(p.PublishedName, owner) {
				continue
			}
			if path := r.holding(p.Folder, sum); path != "" {
				var e entries
				e.set(key, "Source", hive.RegExpandSZ, hive.EncodeString(storePath(p.Key, path)))
				return r.write(e)
			}
		}
	}
	return nil
}

// holding returns the path of a file with that digest below a folder; empty if there is
// none.
func (r *removal) holding(folder string, sum [20]byte) string {
	found := ""
	fs.WalkDir(r.files, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if have, err := r.files.SHA1(name); err == nil && have == sum {
			found = name[len(folder)+1:]
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// unserve removes its services, except those of others.
func (r *removal) unserve() error {
	for _, key := range r.state.services.of(r.Store, r.PublishedName) {
		values := r.values(key)
		free, err := r.disown(key)
		if err != nil {
			return err
		}
		if free {
			r.freeTag(values)
			if err := r.deleteKey(services + `\EventLog\System\` + key[len(services)+1:]); err != nil {
				return err
			}
		} else if err := r.inheritService(key); err != nil {
			return err
		}
	}
	delete(r.state.services.keys, nt.Fold(r.PublishedName))
	return nil
}

// disown removes the package from the owners of a key, and reports whether there are no
// others: then the key is free to be removed.
func (r *removal) disown(key string) (free bool, err error) {
	k, _ := r.records.Key(key)
	owners := withoutOwner(k.Texts("Owners"), r.PublishedName)
	if !slices.ContainsFunc(owners, func(o string) bool { return !strings.HasPrefix(o, "!") }) {
		return true, r.deleteKey(key)
	}
	var e entries
	if err := e.list(key, "Owners", owners...); err != nil {
		return false, err
	}
	return false, r.write(e)
}

// withoutOwner returns a list of owners without one of them, and without the entry
// after it that begins with a !, where Windows records the package installed under that
// name.
func withoutOwner(owners []string, published string) []string {
	var kept []string
	mine := false
	for _, o := range owners {
		mine = nt.Equal(o, published) || mine && strings.HasPrefix(o, "!")
		if !mine {
			kept = append(kept, o)
		}
	}
	return kept
}

// unrecord removes it from the driver databases.
func (r *removal) unrecord() error {
	for _, key := range r.deviceIDs(r.PublishedName) {
		if err := r.deleteValue(key, r.PublishedName); err != nil {
			return err
		}
		if err := r.prune(key); err != nil {
			return err
		}
	}
	delete(r.state.ids, nt.Fold(r.PublishedName))
	for _, db := range r.state.databases {
		for _, key := range []string{db + `\DriverInfFiles\` + r.PublishedName, db + `\DriverPackages\` + r.Key} {
			if err := r.deleteKey(key); err != nil {
				return err
			}
		}
	}
	return r.mark(r.number, false)
}

// prune removes a key below DeviceIds, and its parents, if they are empty.
func (r *removal) prune(key string) error {
	for !strings.HasSuffix(key, `\DeviceIds`) {
		values, err := r.registry.Values(key)
		if err != nil || len(values) > 0 {
			return err
		}
		names, err := r.registry.Subkeys(key)
		if err != nil || len(names) > 0 {
			return err
		}
		if err := r.deleteKey(key); err != nil {
			return err
		}
		key = key[:strings.LastIndexByte(key, '\\')]
	}
	return nil
}

// unfile removes its files from the store and its published files.
func (r *removal) unfile() error {
	base := strings.TrimSuffix(r.PublishedName, ".inf")
	for _, name := range []string{
		r.Folder, infFolder + "/" + r.PublishedName, infFolder + "/" + base + ".pnf", catalogFolder + "/" + catalogName(r.PublishedName),
	} {
		if name == "" {
			continue
		}
		if err := r.removeFile(name); err != nil {
			return err
		}
	}
	return nil
}

func (w *windows) removeFile(name string) error { return ifThere(w.files.Remove(name)) }

func (w *windows) deleteKey(key string) error { return ifThere(w.registry.DeleteKey(key)) }

func (w *windows) deleteValue(key, name string) error {
	return ifThere(w.registry.DeleteValue(key, name))
}

func ifThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
