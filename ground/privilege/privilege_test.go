package privilege

import (
	"errors"
	"io/fs"
	"maps"
	"runtime"
	"strings"
	"testing"
)

// account is a token with some privileges.
type account map[string]State

func (a account) state(name string) (State, error) { return a[name], nil }

func (a account) enable(name string) error {
	if a[name] == Missing {
		return errNotAssigned
	}
	a[name] = Enabled
	return nil
}

func (account) refused(err error) bool { return errors.Is(err, fs.ErrPermission) }

// broken is a token that can't be asked.
type broken struct{}

func (broken) state(string) (State, error) { return 0, errors.New("no handle") }
func (broken) enable(string) error         { return errors.New("no handle") }
func (broken) refused(error) bool          { return true }

func TestExplain(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "hosts", Err: fs.ErrPermission}
	for _, test := range []struct {
		token token
		err   error
		says  string
	}{
		{account{Backup: Enabled, TakeOwnership: Enabled}, denied, "does not hold SeRestorePrivilege. Run gild as an administrator"},
		{account{Backup: Enabled, Restore: Disabled, TakeOwnership: Enabled}, denied, ""},
		{account{}, fs.ErrNotExist, ""},
		{account{}, nil, ""},
		{broken{}, denied, ""},
		{nil, denied, ""},
	} {
		got := explain(test.token, test.err)
		if test.says == "" && got != test.err || !errors.Is(got, test.err) {
			t.Errorf("%v: %v", test.token, got)
		}
		if test.says != "" && !strings.Contains(got.Error(), test.says) {
			t.Errorf("%v: %v", test.token, got)
		}
	}
}

func TestEnable(t *testing.T) {
	full := account{Backup: Disabled, Restore: Disabled, TakeOwnership: Enabled}
	some := account{Backup: Enabled}
	for name, test := range map[string]struct {
		token token
		say   []string // parts of the warning
		not   string
	}{
		"all are held":  {token: full},
		"some are held": {some, []string{Restore, TakeOwnership, "Restore files and directories", "administrator"}, Backup},
		"none is held":  {account{}, []string{Backup, Restore, TakeOwnership, "secpol.msc"}, "?"},
		"no token":      {broken{}, []string{"no handle", Restore}, "?"},
	} {
		said := enable(test.token)
		all := strings.Join(said, "\n")
		if len(said) != min(len(test.say), 1) {
			t.Errorf("%s: warned of %q", name, said)
		}
		for _, part := range test.say {
			if !strings.Contains(all, part) {
				t.Errorf("%s: %q does not say %q", name, all, part)
			}
		}
		if test.not != "" && strings.Contains(all, test.not) {
			t.Errorf("%s: %q says %q", name, all, test.not)
		}
	}
	states, err := held(full)
	if want := (map[string]State{Backup: Enabled, Restore: Enabled, TakeOwnership: Enabled}); err != nil || !maps.Equal(states, want) {
		t.Error(states, err)
	}
	if states, err = held(some); err != nil || states[Restore] != Missing || states[Backup] != Enabled {
		t.Error(states, err)
	}
	if _, err = held(broken{}); err == nil {
		t.Error("a token that can't be asked tells something")
	}
}

// TestThisProcess enables what this process holds. On Windows with administrator rights,
// and under Wine, that is all of it.
func TestThisProcess(t *testing.T) {
	before, err := Held()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if before != nil {
			t.Error(before)
		}
		return
	}
	warned := ""
	for range 2 { // the second time nothing is left to be done or said
		Enable(func(text string) { warned += text })
	}
	after, err := Held()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Needed() {
		if before[name] == Missing != (after[name] == Missing) || after[name] == Disabled {
			t.Errorf("%s: %v, then %v", name, before[name], after[name])
		}
		if said := strings.Count(warned, name); said != map[bool]int{true: 1, false: 0}[after[name] == Missing] {
			t.Errorf("%s is %v, warned: %q", name, after[name], warned)
		}
	}
}
