package driverstore

// Staged returns why a suitable boot-critical package is only staged; empty if it is
// reflected.
func (s *Store) Staged(pkg Import) string {
	p, _ := s.plan(pkg, nil)
	return p.staged
}

// BootCritical reports whether the class of a package is boot-critical.
func (s *Store) BootCritical(pkg Import) bool {
	_, critical := s.place(pkg.File.Version.ClassGUID)
	return critical
}
