// Package fileaccess sets owner and access rights of files on the machine gild runs on,
// as an [image.AccessRule] says, and reads them back: [Check], [Set], [Get]. The rights
// of files inside images are in package image/offline.
//
// On Windows a rule becomes a protected access control list: nothing is inherited.
// Elsewhere it becomes owner, group and mode, and on Linux also a POSIX access control
// list if the rule names accounts that the mode has no room for.
package fileaccess

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gildhq/gild/image"
)

// id identifies an account as the system does: [image.Everyone], user:1000, group:100,
// or a SID.
type id string

const everyone id = image.Everyone

// rights are who owns a file and what others may do with it.
type rights struct {
	owner, group id
	listed       bool         // the rule decides on others
	others       map[id]grade // all but the owner
}

// grade is what an account may do.
type grade int

const (
	mayRead grade = iota + 1
	mayWrite
)

// Check returns why this process can't set the rule on any file, as far as that is
// known without a file.
func Check(rule image.AccessRule) error {
	r, err := resolve(rule)
	if err != nil {
		return err
	}
	return possible(r)
}

// Set sets the rule on a file.
func Set(path string, rule image.AccessRule) error {
	r, err := resolve(rule)
	if err == nil {
		err = possible(r)
	}
	if err == nil {
		err = store(path, r)
	}
	if err != nil {
		return fmt.Errorf("give %s its owner and access rights: %w", path, err)
	}
	return nil
}

// Get reads owner and rights of a file. It names accounts as asked names them, and
// others by their numbers.
func Get(path string, asked image.AccessRule) (image.AccessRule, error) {
	have, err := load(path)
	if err != nil {
		return image.AccessRule{}, fmt.Errorf("read who may access %s: %w", path, err)
	}
	return describe(have, asked), nil
}

// resolve looks up the accounts of a rule.
func resolve(rule image.AccessRule) (rights, error) {
	r := rights{listed: rule.Listed(), others: map[id]grade{}}
	var err error
	if rule.Owner != "" {
		if r.owner, err = lookup(rule.Owner); err != nil {
			return r, err
		}
	}
	if rule.Group != "" {
		if r.group, err = lookupGroup(rule.Group); err != nil {
			return r, err
		}
	}
	for _, list := range []struct {
		names []string
		grade grade
	}{{rule.Read, mayRead}, {rule.Write, mayWrite}} {
		for _, name := range list.names {
			account, err := lookup(name)
			if err != nil {
				return r, err
			}
			r.others[account] = max(r.others[account], list.grade)
		}
	}
	return r, nil
}

// describe expresses the rights of a file in the words of asked.
func describe(have rights, asked image.AccessRule) image.AccessRule {
	rule := image.AccessRule{Owner: string(have.owner), Group: string(have.group), Read: []string{}, Write: []string{}}
	if account, err := lookup(asked.Owner); err == nil && account == have.owner {
		rule.Owner = asked.Owner
	}
	if account, err := lookupGroup(asked.Group); err == nil && account == have.group {
		rule.Group = asked.Group
	}
	rest := maps.Clone(have.others)
	delete(rest, have.owner)
	named := func(names []string, want grade) (held []string) {
		held = []string{}
		for _, name := range names {
			account, err := lookup(name)
			if err == nil && (account == have.owner || have.others[account] == want) {
				held = append(held, name)
				delete(rest, account)
			}
		}
		return held
	}
	rule.Read, rule.Write = named(asked.Read, mayRead), named(asked.Write, mayWrite)
	for _, account := range slices.Sorted(maps.Keys(rest)) {
		if rest[account] == mayWrite {
			rule.Write = append(rule.Write, string(account))
		} else {
			rule.Read = append(rule.Read, string(account))
		}
	}
	return rule
}
