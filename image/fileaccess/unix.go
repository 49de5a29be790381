//go:build unix

package fileaccess

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/gildhq/gild/image"
)

const (
	userPrefix  = "user:"
	groupPrefix = "group:"
)

func lookup(name string) (id, error) {
	if name == image.Everyone {
		return everyone, nil
	}
	if group, ok := strings.CutPrefix(name, groupPrefix); ok {
		return lookupGroup(group)
	}
	name = strings.TrimPrefix(name, userPrefix)
	if _, err := strconv.ParseUint(name, 10, 31); err == nil {
		return id(userPrefix + name), nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return "", fmt.Errorf("no user %q is known on this machine (a group is written %q); for a user that only a directory service knows, use the number", name, groupPrefix+name)
	}
	return id(userPrefix + u.Uid), nil
}

func lookupGroup(name string) (id, error) {
	name = strings.TrimPrefix(name, groupPrefix)
	if _, err := strconv.ParseUint(name, 10, 31); err == nil {
		return id(groupPrefix + name), nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return "", fmt.Errorf("no group %q is known on this machine; for a group that only a directory service knows, use the number", name)
	}
	return id(groupPrefix + g.Gid), nil
}

// number returns the number in an id; -1 if there is none, as chown expects.
func (i id) number() int {
	_, digits, _ := strings.Cut(string(i), ":")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

func possible(r rights) error {
	if len(r.owner) > 0 && !strings.HasPrefix(string(r.owner), userPrefix) {
		return errors.New("a group can't be the owner of a file; make it the file's group")
	}
	if !hasLists && len(r.named(r.group)) > 0 {
		return fmt.Errorf("on this system a file has rights only for its owner, its group and everyone, not for %s", r.named(r.group)[0])
	}
	me := os.Geteuid()
	if me == 0 {
		return nil
	}
	if r.owner != "" && r.owner.number() != me {
		return fmt.Errorf("only root can make %s the owner of a file, and gild runs as the user %d; run gild as root, or leave the owner out", r.owner, me)
	}
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	if r.group != "" && !slices.Contains(append(groups, os.Getegid()), r.group.number()) {
		return fmt.Errorf("only root can give a file to %s, and the user %d is not a member; run gild as root, or leave the group out", r.group, me)
	}
	return nil
}

// named lists the accounts that the mode of a file of that group has no room for.
func (r rights) named(group id) []id {
	var list []id
	for account := range r.others {
		if account != everyone && account != group && account != r.owner {
			list = append(list, account)
		}
	}
	slices.Sort(list)
	return list
}

func store(path string, r rights) error {
	if r.owner != "" || r.group != "" {
		if err := os.Chown(path, r.owner.number(), r.group.number()); err != nil {
			return err
		}
	}
	if !r.listed {
		return nil
	}
	have, err := load(path)
	if err != nil {
		return err
	}
	r.owner, r.group = have.owner, have.group
	named := r.named(r.group)
	if len(named) == 0 {
		if err := storeList(path, nil); err != nil {
			return err
		}
		return os.Chmod(path, 0o600|os.FileMode(r.groupGrade().bits()<<3|r.others[everyone].bits()))
	}
	if !hasLists {
		return fmt.Errorf("on this system a file has rights only for its owner, its group and everyone, not for %s", named[0])
	}
	return storeList(path, list(r, named))
}

// groupGrade is what the file's group may do. Everyone includes the group, but the
// system looks only at the rights of the group for its members.
func (r rights) groupGrade() grade { return max(r.others[r.group], r.others[everyone]) }

// bits are the bits of a mode.
func (g grade) bits() uint16 {
	switch g {
	case mayRead:
		return 4
	case mayWrite:
		return 6
	}
	return 0
}

// grant adds the rights of an account by the bits of a mode.
func (r rights) grant(account id, bits uint16) {
	switch {
	case bits&6 == 2:
		r.others[account+" without reading"] = mayWrite // no rule has such an account
	case bits&2 != 0:
		r.others[account] = mayWrite
	case bits&4 != 0:
		r.others[account] = mayRead
	}
}

func load(path string) (rights, error) {
	info, err := os.Stat(path)
	if err != nil {
		return rights{}, err
	}
	r := rights{listed: true, others: map[id]grade{}}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return r, errors.New("the system does not report its owner")
	}
	r.owner, r.group = id(userPrefix+strconv.Itoa(int(st.Uid))), id(groupPrefix+strconv.Itoa(int(st.Gid)))
	entries, err := loadList(path)
	if err != nil {
		return r, err
	}
	mode := uint16(info.Mode().Perm())
	if entries == nil {
		r.grant(r.group, mode>>3&7)
	}
	r.grant(everyone, mode&7)
	grantList(r, entries)
	switch group := r.others[r.group]; {
	case group == r.others[everyone]:
		delete(r.others, r.group) // everyone includes it
	case group < r.others[everyone]:
		r.others[everyone+" but "+r.group] = r.others[everyone]
		delete(r.others, everyone)
	}
	return r, nil
}
