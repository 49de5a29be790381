// Package privilege enables the privileges without which Windows lets no program, not even
// one with administrator rights, write the files of an image: they belong to TrustedInstaller
// and to other accounts.
//
// What they are good for ("Privilege Constants" and "File Security and Access Rights" of the
// Windows documentation): a file that is opened with FILE_FLAG_BACKUP_SEMANTICS, or to
// NtCreateFile with FILE_OPEN_FOR_BACKUP_INTENT, may be read with SeBackupPrivilege whatever
// its access control list says, and with SeRestorePrivilege be written, deleted and renamed,
// and get another list or owner. Only SeRestorePrivilege makes an owner who is not the
// program's own user a valid one; SeTakeOwnershipPrivilege lets the program itself become it.
// [os.Root] opens all files with that intent, [os.OpenFile] only folders. A file that takes
// the place of another one is a case that the documentation leaves open; package
// image/offline has other ways where Windows refuses it.
//
// A token holds privileges disabled until they are enabled. They stay enabled until the
// program ends: to toggle them would be a race between goroutines.
package privilege

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Names of privileges (winnt.h).
const (
	Backup        = "SeBackupPrivilege"
	Restore       = "SeRestorePrivilege"
	TakeOwnership = "SeTakeOwnershipPrivilege"
)

// Needed are the privileges that writing an image requires.
func Needed() []string { return []string{Backup, Restore, TakeOwnership} }

// right is what the security policy calls a privilege ("User Rights Assignment").
func right(name string) string {
	return map[string]string{
		Backup: "Back up files and directories", Restore: "Restore files and directories",
		TakeOwnership: "Take ownership of files or other objects",
	}[name]
}

// Remedy says what to do if privileges are missing.
func Remedy(missing []string) string {
	var rights []string
	for _, name := range missing {
		rights = append(rights, `"`+right(name)+`"`)
	}
	return "Run gild as an administrator. If it is, the security policy withholds them: " +
		"in secpol.msc, Local Policies, User Rights Assignment, give the Administrators group " + strings.Join(rights, ", ") + ", and sign in again."
}

// Explain adds to an error that missing privileges may be its cause, and what to do. It does not
// change errors with other causes.
func Explain(err error) error { return explain(thisProcess(), err) }

func explain(t token, err error) error {
	if t == nil || err == nil || !t.refused(err) {
		return err
	}
	states, unknown := held(t)
	var missing []string
	for _, name := range Needed() {
		if states[name] == Missing && unknown == nil {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return err
	}
	return fmt.Errorf("%w; this process does not hold %s. %s", err, strings.Join(missing, ", "), Remedy(missing))
}

// State is the state of a privilege in a process.
type State int

// The states.
const (
	Missing  State = iota // the account does not have it, so it can't be enabled
	Disabled              // available, but not in effect
	Enabled
)

// Held returns the states of the needed privileges in this process. Other systems than Windows
// have none: the map is nil.
func Held() (map[string]State, error) { return held(thisProcess()) }

// Enable enables the needed privileges, once in this process. If some can't be enabled, it calls
// the first warn that is not nil, since gild can still write files that belong to this user. On
// systems other than Windows it does nothing.
func Enable(warn func(text string)) {
	texts := enabled()
	if warn == nil {
		return
	}
	told.Do(func() {
		for _, text := range texts {
			warn(text)
		}
	})
}

var (
	enabled = sync.OnceValue(func() []string { return enable(thisProcess()) })
	told    sync.Once
)

// token is the access token of a process, as far as privileges are concerned.
type token interface {
	state(name string) (State, error)
	// enable returns errNotAssigned if a privilege is missing. AdjustTokenPrivileges succeeds
	// then, and sets the last error to ERROR_NOT_ALL_ASSIGNED.
	enable(name string) error
	// refused reports whether an error means that access was denied.
	refused(err error) bool
}

var errNotAssigned = errors.New("is not held")

func held(t token) (map[string]State, error) {
	if t == nil {
		return nil, nil
	}
	states := map[string]State{}
	for _, name := range Needed() {
		state, err := t.state(name)
		if err != nil {
			return nil, fmt.Errorf("privilege %s: %w", name, err)
		}
		states[name] = state
	}
	return states, nil
}

// enable enables the needed privileges and returns a warning about those that it could not
// enable.
func enable(t token) (texts []string) {
	if t == nil {
		return nil
	}
	var missing []string
	var failed error
	for _, name := range Needed() {
		err := t.enable(name)
		if errors.Is(err, errNotAssigned) {
			missing = append(missing, name)
		} else if err != nil {
			failed = errors.Join(failed, fmt.Errorf("privilege %s: %w", name, err))
		}
	}
	if missing != nil {
		texts = append(texts, fmt.Sprintf("this process does not hold %s: files that belong to other accounts, as those of Windows do, can't be replaced, and nothing can be given to them. %s",
			strings.Join(missing, ", "), Remedy(missing)))
	}
	if failed != nil {
		texts = append(texts, fmt.Sprintf("the privileges to replace files of other accounts could not be enabled: %v", failed))
	}
	return texts
}
