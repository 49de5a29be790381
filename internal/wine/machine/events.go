//go:build windows

package main

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/windows/registry"

	"github.com/gildhq/gild/internal/wine/machine/play"
)

// clock is how long scripts have waited in a start, and what happens later.
type clock struct {
	Waited int
	Events []play.Event
}

// pass has seconds pass, and what happens meanwhile.
func pass(seconds int) error {
	var c clock
	if err := load("clock.json", &c); err != nil {
		return err
	}
	c.Waited += seconds
	for len(c.Events) > 0 && c.Events[0].After <= c.Waited {
		if err := happen(c.Events[0]); err != nil {
			return err
		}
		c.Events = c.Events[1:]
	}
	return save("clock.json", c)
}

func happen(e play.Event) error {
	if e.Network {
		if err := save("network", true); err != nil {
			return err
		}
	}
	for name, value := range e.Values {
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// set sets a value of the registry, or removes it.
func set(name, value string) error {
	path, name, _ := strings.Cut(name, "|")
	k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.WRITE|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	n, bad := strconv.ParseUint(value, 10, 32)
	switch {
	case value == "":
		if err = k.DeleteValue(name); err == registry.ErrNotExist {
			err = nil
		}
	case bad != nil:
		err = k.SetStringValue(name, value)
	default:
		err = k.SetDWordValue(name, uint32(n))
	}
	return errors.Join(err, k.Close())
}

// unset removes all values that events of the starts may have set, and the network.
func unset(p play.Play) error {
	var errs []error
	for _, s := range p.Starts {
		for _, e := range s.Events {
			for name := range e.Values {
				errs = append(errs, set(name, ""))
			}
		}
	}
	if err := os.Remove(file("network")); err != nil && !os.IsNotExist(err) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
