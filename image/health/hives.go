package health

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/hives"
)

const config = "Windows/System32/config"

// needed are the hives without which Windows does not start.
var needed = []string{"SOFTWARE", "SYSTEM", "SAM", "SECURITY", "DEFAULT"}

const (
	otherSource = "Start from a whole image: download or export the file again."
	lostLogs    = "The last changes of Windows are lost: start from an image of a Windows that was shut down properly."
)

// hives reads every hive of the image in full, its transaction logs replayed.
func (c *checker) hives(ctx context.Context) (Result, error) {
	r := Result{Area: Hives, Things: "hives"}
	for _, h := range image.Hives() {
		if !contains(needed, h.Name) {
			continue
		}
		if _, err := c.files.Stat(h.File); errors.Is(err, fs.ErrNotExist) {
			r.add(h.File, "is missing, and Windows does not start without it", otherSource)
		}
	}
	for _, name := range c.hiveFiles() {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		r.Looked++
		c.hive(&r, name)
	}
	return r, nil
}

// hiveFiles lists the hives in the image: those of the machine, and those in the
// profiles of users and services.
func (c *checker) hiveFiles() []string {
	var list []string
	seen := map[string]bool{}
	add := func(name string) {
		if info, err := c.files.Stat(name); err == nil && !info.IsDir() && !seen[nt.Fold(name)] {
			seen[nt.Fold(name)] = true
			list = append(list, name)
		}
	}
	for _, h := range image.Hives() {
		add(h.File)
	}
	for _, e := range c.entries(config) {
		if name := config + "/" + e.Name(); !e.IsDir() && !isLog(name) && c.isHive(name) {
			add(name)
		}
	}
	for _, profiles := range []string{"Users", "Windows/ServiceProfiles"} {
		for _, e := range c.entries(profiles) {
			if e.IsDir() {
				add(profiles + "/" + e.Name() + "/NTUSER.DAT")
				add(profiles + "/" + e.Name() + "/AppData/Local/Microsoft/Windows/UsrClass.dat")
			}
		}
	}
	add("Windows/System32/SMI/Store/Machine/SCHEMA.DAT")
	add("Boot/BCD")
	return list
}

// isLog reports whether a file is a transaction log, which begins like a hive.
func isLog(name string) bool {
	ext := strings.ToUpper(path.Ext(name))
	return ext == ".LOG" || ext == ".LOG1" || ext == ".LOG2"
}

// isHive reports whether a file begins like a hive, or may do so.
func (c *checker) isHive(name string) bool {
	f, err := c.files.Open(name)
	if err != nil {
		return busy.Is(err) // it is read when it is free
	}
	defer f.Close()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "regf"
}

// hive reads one hive in full.
func (c *checker) hive(r *Result, name string) {
	data, err := hives.Content(c.files, name)
	if err != nil {
		r.add(name, "can't be read: "+err.Error(), otherSource)
		return
	}
	var logs [][]byte
	for _, log := range hive.LogNames(name) {
		if data, err := hives.Content(c.files, log); err == nil && len(data) > 0 {
			logs = append(logs, data)
		}
	}
	tree, err := hive.Open(data, logs...)
	if err != nil {
		r.add(name, "can't be read as a hive: "+err.Error(), otherSource)
		return
	}
	if why := tree.Dirty(); why != "" {
		r.add(name, "is dirty: "+why, lostLogs)
	}
	if tree.Recovered() {
		c.note("%s was not written completely; its transaction logs have the rest", name)
	}
	var damage []*hive.Fault
	for _, f := range tree.Check() {
		if f.Harmless {
			c.note("%s: %v", name, f)
		} else {
			damage = append(damage, f)
		}
	}
	if len(damage) > 0 {
		r.add(name, fmt.Sprintf("is damaged in %d places; the first: %v", len(damage), damage[0]), otherSource)
	}
}

// entries lists a folder; nothing if it does not exist.
func (c *checker) entries(folder string) []fs.DirEntry {
	list, err := c.files.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.note("%s: %v", folder, err)
	}
	return list
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if nt.Equal(n, name) {
			return true
		}
	}
	return false
}
