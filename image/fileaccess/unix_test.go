//go:build unix

package fileaccess

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gildhq/gild/image"
)

func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a file.wim")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMode(t *testing.T) {
	group := "group:" + strconv.Itoa(os.Getegid())
	for _, tt := range []struct {
		rule image.AccessRule
		mode os.FileMode
	}{
		{image.AccessRule{Read: []string{}, Write: []string{}}, 0o600},
		{image.AccessRule{Read: []string{"everyone"}, Write: []string{}}, 0o644},
		{image.AccessRule{Read: []string{"everyone"}, Write: []string{group}}, 0o664},
		{image.AccessRule{Read: []string{}, Write: []string{"everyone"}}, 0o666},
		{image.AccessRule{Owner: strconv.Itoa(os.Geteuid()), Group: strconv.Itoa(os.Getegid())}, 0o644},
		{image.AccessRule{Read: []string{strconv.Itoa(os.Geteuid())}, Write: []string{}}, 0o600},
	} {
		path := file(t)
		if err := Set(path, tt.rule); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != tt.mode {
			t.Errorf("%+v: mode %v, %v", tt.rule, info.Mode(), err)
		}
		got, err := Get(path, tt.rule)
		if want := filled(got, tt.rule); err != nil || !got.Equal(want) {
			t.Errorf("%+v: read back %+v, %v", tt.rule, got, err)
		}
		if err := os.Chmod(path, info.Mode()^0o044); err != nil {
			t.Fatal(err)
		}
		if got, err = Get(path, tt.rule); err != nil || tt.rule.Listed() && got.Equal(filled(got, tt.rule)) {
			t.Errorf("%+v: after a change %+v, %v", tt.rule, got, err)
		}
	}
}

// filled completes a rule with what was found.
func filled(got, rule image.AccessRule) image.AccessRule {
	if rule.Owner == "" {
		rule.Owner = got.Owner
	}
	if rule.Group == "" {
		rule.Group = got.Group
	}
	if !rule.Listed() {
		rule.Read, rule.Write = got.Read, got.Write
	}
	return rule
}

// TestOwner changes the owner of a file, which only root can.
func TestOwner(t *testing.T) {
	rule := image.AccessRule{Owner: "12345", Group: "23456", Read: []string{"group:23456"}, Write: []string{}}
	path := file(t)
	if os.Geteuid() != 0 {
		if err := Set(path, rule); err == nil || !strings.Contains(err.Error(), "root") {
			t.Errorf("got %v", err)
		}
		return
	}
	if err := Set(path, rule); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 12345 || st.Gid != 23456 || info.Mode() != 0o640 {
		t.Errorf("owner %d, group %d, mode %v", st.Uid, st.Gid, info.Mode())
	}
	if got, err := Get(path, rule); err != nil || !got.Equal(rule) {
		t.Errorf("read back %+v, %v", got, err)
	}
}

// TestList checks rights that the mode has no room for.
func TestList(t *testing.T) {
	if !hasLists {
		t.Skip("this system has no lists that gild writes")
	}
	rule := image.AccessRule{Read: []string{"everyone", "group:4711", "1234"}, Write: []string{"user:1235"}}
	path := file(t)
	if err := Set(path, rule); errors.Is(err, syscall.ENOTSUP) {
		t.Skip("the file system of temporary files keeps no access control lists: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	got, err := Get(path, rule)
	if err != nil || !got.Equal(filled(got, rule)) {
		t.Errorf("read back %+v, %v", got, err)
	}
	got, err = Get(path, image.AccessRule{})
	if err != nil || strings.Join(got.Read, " ") != "everyone group:4711 user:1234" || strings.Join(got.Write, " ") != "user:1235" {
		t.Errorf("read by number: %+v, %v", got, err)
	}
	if err := Set(path, image.AccessRule{Read: []string{}, Write: []string{}}); err != nil {
		t.Fatal(err)
	}
	if got, err = Get(path, rule); err != nil || len(got.Read)+len(got.Write) > 0 {
		t.Errorf("the list is still there: %+v, %v", got, err)
	}
}

func TestUnknown(t *testing.T) {
	for _, rule := range []image.AccessRule{
		{Owner: "no such user here"}, {Group: "no such group here"}, {Read: []string{"group:no such group here"}}, {Owner: "group:0"},
	} {
		if err := Check(rule); err == nil {
			t.Errorf("%+v: no error", rule)
		}
	}
}

// TestEveryoneWithoutTheGroup checks that a file whose group has fewer rights than
// others does not count as readable by everyone.
func TestEveryoneWithoutTheGroup(t *testing.T) {
	rule := image.AccessRule{Read: []string{"everyone"}, Write: []string{}}
	path := file(t)
	for mode, want := range map[os.FileMode]string{0o644: "everyone", 0o604: "everyone but group:" + strconv.Itoa(os.Getegid())} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got, err := Get(path, rule)
		if err != nil || strings.Join(got.Read, ", ") != want || len(got.Write) > 0 {
			t.Errorf("%o: %+v, %v", mode, got, err)
		}
	}
}
