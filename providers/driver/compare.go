package driver

import (
	"encoding/hex"
	"time"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/driverstore"
)

// compare reports whether a package of the store is newer (1) or older (-1), as Windows
// ranks them: by date, then by version.
func compare(s *driverstore.Package, p pack) int {
	return compareVersions(pack{Date: s.Date.Format(time.DateOnly), Version: s.Version}, p)
}

func folded(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[nt.Fold(id)] = true
	}
	return set
}

// common returns those of b that are also in a.
func common(a, b []string) []string {
	set := folded(a)
	var both []string
	for _, id := range b {
		if set[nt.Fold(id)] {
			both = append(both, id)
		}
	}
	return both
}

func overlap(a, b []string) bool { return len(common(a, b)) > 0 }

// within reports whether all of a are in b.
func within(a, b []string) bool { return len(common(b, a)) == len(a) }

// storedINF is what is known of the INF of a package in the store.
type storedINF struct {
	sum  string // SHA-1; empty if the file is missing
	file *inf.File
	read bool
}

func (h *held) storedOf(s *driverstore.Package) *storedINF {
	if h.infs == nil {
		h.infs = map[string]*storedINF{}
	}
	if h.infs[s.Key] == nil {
		h.infs[s.Key] = &storedINF{}
		if sum, err := h.files.SHA1(infOf(s)); s.Folder != "" && err == nil {
			h.infs[s.Key].sum = hex.EncodeToString(sum[:])
		}
	}
	return h.infs[s.Key]
}

func (h *held) sumOf(s *driverstore.Package) string { return h.storedOf(s).sum }

// parsed returns the INF of a package in the store; nil if it is missing or invalid.
func (h *held) parsed(s *driverstore.Package) *inf.File {
	of := h.storedOf(s)
	if of.read || s.Folder == "" {
		return of.file
	}
	of.read = true
	data, err := readFile(h.files, infOf(s))
	if err != nil {
		return nil
	}
	of.file, _ = inf.Parse(data)
	return of.file
}
