package operation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/operation/host"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/operation/modules"
	"github.com/gildhq/gild/providers"
)

// readLock reads the lock in the current folder; nil if there is none.
func readLock() (*lock.File, error) {
	text, err := regular.Read(lock.Name, lock.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, quoted, diags := lock.Parse(lock.Name, text)
	return f, Check(diags, map[string]*hcl.File{lock.Name: quoted})
}

// readLock reads the lock, and takes from it what is not said otherwise.
func (r *Reading) readLock() (*lock.File, error) {
	f, err := readLock()
	if err == nil && r.modules == nil {
		r.modules, r.pin = modulePins(f), pinsOf(f)
	}
	return f, err
}

// modulePins are the modules of a lock.
func modulePins(f *lock.File) modules.Pins {
	pins := modules.Pins{}
	if f == nil {
		return pins
	}
	for _, e := range f.Entries {
		if e.Sort == lock.Module {
			pins.Add(modules.Pin{Call: modules.Call{Source: e.Address, Constraint: e.Constraint}, Pinned: pinnedAs(e)})
		}
	}
	return pins
}

// pinsOf returns what exactly the addresses of payloads mean, by a lock, which may be nil:
// then it is what was fetched last.
func pinsOf(f *lock.File) func(address string) (fetch.Pinned, error) {
	return func(address string) (fetch.Pinned, error) {
		if f != nil {
			if e := f.Find(lock.Key{Sort: lock.Payload, Address: address}); e != nil {
				return pinnedAs(e), nil
			}
		}
		return fetch.Pinned{Address: address}, nil
	}
}

// pinnedAs is an entry for who fetches.
func pinnedAs(e *lock.Entry) fetch.Pinned {
	return fetch.Pinned{Address: e.Address, Version: e.Version, Revision: e.Revision, SHA256: e.SHA256, Size: e.Size}
}

// Locking says what has to be in the lock.
type Locking int

// What has to be in the lock.
const (
	Unlocked      Locking = iota // nothing
	FetchedLocked                // what is fetched; and everything, if there is a lock
	AllLocked                    // everything
)

// asDeclared compares what the configuration names with the lock before anything is read
// for the plan, so that a changed payload is called that, and not damaged.
func (m *Module) asDeclared(ctx context.Context, cs *contents, locked Locking) hcl.Diagnostics {
	if m.lock == nil {
		return asLocked(ctx, cs, nil, m.host, locked)
	}
	named := &contents{}
	for _, c := range cs.list {
		if m.lock.Find(c.Key) == nil {
			if locked != Unlocked && !c.folder {
				named.list = append(named.list, c)
			}
			continue
		}
		if address.Is(c.Address) {
			continue
		}
		if _, _, err := c.digest(ctx, m.host); err == nil { // else the plan says what is wrong
			named.list = append(named.list, c)
		}
	}
	return asLocked(ctx, named, m.lock, m.host, locked)
}

// asLocked compares contents with the lock.
func asLocked(ctx context.Context, cs *contents, f *lock.File, h *host.Host, locked Locking) hcl.Diagnostics {
	var diags hcl.Diagnostics
	switch {
	case f != nil:
	case locked == AllLocked:
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "There is no lock", Detail: fmt.Sprintf(
			"With -locked gild uses nothing that is not locked, and there is no %s. Run gild init, and commit the file.", lock.Name)}}
	default:
		for _, c := range cs.list {
			if locked == FetchedLocked && address.Is(c.Address) {
				diags = append(diags, c.problem("Not locked", fmt.Sprintf(
					"If CI is true, gild fetches nothing that is not locked, and there is no %s. Run gild init, and commit the file.", lock.Name)))
			}
		}
		return diags
	}
	var unlocked []string
	for _, c := range cs.list {
		e := f.Find(c.Key)
		switch {
		case e == nil && locked != Unlocked:
			diags = append(diags, c.problem("Not locked", fmt.Sprintf("%s has no %s, and with -locked, which is the default if CI is true, gild uses nothing that is not locked. Run gild init, and commit the file.",
				lock.Name, c.called())))
		case e == nil:
			unlocked = append(unlocked, c.called())
		case address.Is(c.Address): // who fetched it has compared it
		default:
			sum, _, err := c.digest(ctx, h)
			if err != nil {
				diags = append(diags, c.problem("Can't compare with the lock", providers.Sentence(err)))
			} else if sum != e.SHA256 {
				diags = append(diags, c.changed(sum, e))
			}
		}
	}
	if len(unlocked) > 0 {
		more := ""
		if n := len(unlocked) - 3; n > 0 {
			unlocked, more = unlocked[:3], fmt.Sprintf(" and %d more", n)
		}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Not all is locked", Detail: fmt.Sprintf(
			"%s does not have %s%s. Run gild init, which adds what is new.", lock.Name, strings.Join(unlocked, ", "), more)})
	}
	return diags
}

// called is what messages call the content.
func (c *content) called() string {
	if c.hidden {
		return string(c.Sort) + " with a sensitive path"
	}
	return c.Key.String()
}

func (c *content) problem(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: c.at}
}

// changed says that a content is not the one that is locked.
func (c *content) changed(sum string, e *lock.Entry) *hcl.Diagnostic {
	return c.problem("Not what is locked", fmt.Sprintf(
		"%s is sha256:%s, and %s line %d says sha256:%s. If the new content is right, run gild lock -upgrade %q, and commit the file; else bring the old content back.",
		c.Address, sum, lock.Name, e.DigestRange.Start.Line, e.SHA256, c.Address))
}

// LockChange is a difference between what is locked and what there is now.
type LockChange struct {
	Old, New *lock.Entry // nil: it is new, or nothing names it any more
	Images   []string    // that it comes into
}

// LockResult is what became of a lock.
type LockResult struct {
	File    *lock.File
	Changes []LockChange
	Unused  []lock.Key // that the configuration does not name, with these values of variables
}

// LockRequest says what is to be locked.
type LockRequest struct {
	Reading
	Upgrade   bool     // what is locked is looked for again, and gives way to what there is now
	Addresses []string // what alone is upgraded; none: all
	Keep      bool     // write nothing
}

// renews tells whether what an address means is looked for again.
func (r LockRequest) renews(address string) bool {
	return r.Upgrade && (len(r.Addresses) == 0 || slices.Contains(r.Addresses, address))
}

// ReadLock returns the lock in the current folder.
func ReadLock() (*lock.File, error) {
	f, err := readLock()
	if err == nil && f == nil {
		return nil, Explain("There is no lock", "There is no %s in this folder. Run gild init, which writes it.", lock.Name)
	}
	return f, err
}
