package driverstore

import (
	"context"
	"crypto/sha1"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Import puts a package into the store and, if its class is boot-critical, reflects it as far as
// that is known. It returns the published name of the INF file, oem7.inf. If the store already has
// the package with the same files, Import changes nothing and returns its name; a package with the
// same INF file and other files has to be removed first. For a package that [Store.Suits] refuses
// the error is [ErrUnsuited], and nothing is changed. After any other error the image may have a
// part of the package: do not commit the session.
func (s *Store) Import(ctx context.Context, pkg Import) (published string, err error) {
	c, err := readContents(ctx, pkg)
	if err != nil {
		return "", fmt.Errorf("driver package %s: %w", pkg.Name, err)
	}
	if p := s.holder(pkg); p != nil {
		name, err := p.PublishedName, s.sameFiles(p, c)
		if err != nil {
			return "", fmt.Errorf("driver package %s: %w", pkg.Name, err)
		}
		return name, nil
	}
	todo, why := s.plan(pkg, nil)
	if why != "" {
		return "", fmt.Errorf("driver package %s: %w: %s", pkg.Name, ErrUnsuited, why)
	}
	n := s.state.free()
	r := &recorder{pkg: pkg, published: publishedName(n), name: FolderName(pkg.Name, pkg.Package.Target.Arch, pkg.INF), allScopes: s.state.allScopes, database: todo.database, reflected: todo.reflected}
	x := &reflection{recorder: r}
	if r.reflected {
		if x, err = s.reflect(r, c); err != nil {
			return "", err
		}
	}
	if err := s.writable(r.database, len(x.copies) > 0); err != nil {
		return "", err
	}
	if err := s.carryOut(ctx, x, c, n); err != nil {
		return "", fmt.Errorf("driver package %s: %w", pkg.Name, err)
	}
	return r.published, nil
}

// holder returns the package of the store with the same INF file, or nil. Its record
// has the name that Windows gives; in images that earlier versions of gild serviced it
// has another name, and its folder is compared.
func (d *installed) holder(pkg Import) *Package {
	key, sum := FolderName(pkg.Name, pkg.Package.Target.Arch, pkg.INF), sha1.Sum(pkg.INF)
	for i := range d.packages {
		p := &d.packages[i]
		if nt.Equal(p.Key, key) {
			return p
		}
		if p.Folder == "" || !nt.Equal(p.OriginalName, pkg.Name) || p.Arch != pkg.Package.Target.Arch.String() {
			continue
		}
		if have, err := d.files.SHA1(p.Folder + "/" + p.OriginalName); err == nil && have == sum {
			return p
		}
	}
	return nil
}

// sameFiles returns why a package with the same INF file is not the same package.
// Windows goes by the INF file and would leave the old package. A package with other
// files, such as a driver that was built or signed again, can be added only after the
// old one is removed.
func (d *installed) sameFiles(p *Package, c contents) error {
	remedy := "remove " + p.PublishedName + " first, since the store has one package for an INF"
	if p.Inbox {
		remedy = "that came with Windows, and stays"
	}
	if p.Folder == "" {
		return fmt.Errorf("the store has the same INF as %s, but without its folder %s/%s: %s", p.PublishedName, Repository, p.Key, remedy)
	}
	if path := c.differs(d.files, p.Folder); path != "" {
		return fmt.Errorf("the store has the same INF as %s, but not the same %s: %s", p.PublishedName, path, remedy)
	}
	return nil
}

// writable checks that all hives that Import changes are writable.
func (w *windows) writable(database string, locks bool) error {
	for _, key := range []string{systemDatabase, database} {
		if err := w.registry.Writable(key); err != nil {
			return err
		}
	}
	if locks {
		return w.registry.Writable(lockdown)
	}
	return nil
}

// carryOut makes all changes.
func (s *Store) carryOut(ctx context.Context, x *reflection, c contents, n int) error {
	at, err := s.copyFiles(ctx, x, c)
	if err != nil {
		return err
	}
	x.at = at
	if err := x.record(); err != nil {
		return err
	}
	x.set(x.database, "UpdateDate", hive.RegBinary, hive.EncodeUint64(uint64(nt.TimeOf(at))))
	if err := s.settle(x); err != nil {
		return err
	}
	s.state.taken[n] = true
	if err := s.mark(n, true); err != nil {
		return err
	}
	s.add(x.recorder)
	return nil
}

// copyFiles writes the files of a package and returns their time, the session's clock.
func (w *windows) copyFiles(ctx context.Context, x *reflection, c contents) (time.Time, error) {
	if err := c.write(ctx, w.files, Repository+"/"+x.name); err != nil {
		return time.Time{}, err
	}
	x.copies = append(x.copies,
		reflected{c.find(x.pkg.Name), infFolder + "/" + x.published},
		reflected{c.find(x.pkg.Package.Catalog), catalogFolder + "/" + catalogName(x.published)})
	for _, f := range x.copies {
		if err := w.copyFile(f); err != nil {
			return time.Time{}, err
		}
	}
	info, err := w.files.Stat(infFolder + "/" + x.published)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

func (w *windows) copyFile(f reflected) error {
	if err := w.files.MkdirAll(path.Dir(f.name), image.Meta{}); err != nil {
		return err
	}
	return f.write(w.files, f.name)
}

// catalogName is the name of a package's catalogue in the system's folder of
// catalogues.
func catalogName(published string) string {
	return published[:len(published)-len(".inf")] + ".cat"
}

// mark records that a number is in use or free.
func (w *windows) mark(n int, used bool) error {
	w.state.infMap = w.state.infMap.with(n, used)
	if len(w.state.infMap) == 0 {
		return w.deleteValue(systemDatabase, "OemInfMap")
	}
	return w.registry.SetValue(systemDatabase, image.Value{Name: "OemInfMap", Type: hive.RegBinary, Data: w.state.infMap})
}

// add adds an imported package to the list.
func (s *Store) add(r *recorder) {
	hiveName := "SYSTEM"
	if r.database == driversDatabase {
		hiveName = "DRIVERS"
	}
	p := Package{Key: r.name, Hive: hiveName}
	s.records.read(&p, r.key)
	i, _ := slices.BinarySearchFunc(s.packages, p, comparePackages)
	s.packages = slices.Insert(s.packages, i, p)
	s.index(r)
}

// index adds the new records of a package to the indexes that were read.
func (s *Store) index(r *recorder) {
	owner := nt.Fold(r.published)
	for _, e := range r.entries {
		switch {
		case e.value == nil:
		case s.state.ids != nil && nt.Equal(e.value.Name, r.published):
			s.state.ids[owner] = append(s.state.ids[owner], e.key)
		case e.value.Name == "Owners":
			s.state.services.add(owner, e.key)
			s.state.locked.add(owner, e.key)
		}
	}
}
