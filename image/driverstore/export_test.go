package driverstore

// Staged says why a package that suits is staged only, though its class is
// boot-critical; empty if it is not so.
func (s *Store) Staged(pkg Import) string {
	p, _ := s.plan(pkg, nil)
	return p.staged
}

// BootCritical reports whether the class of a package is.
func (s *Store) BootCritical(pkg Import) bool {
	_, critical := s.place(pkg.File.Version.ClassGUID)
	return critical
}
