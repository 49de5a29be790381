package conformance

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/operation/preflight"
)

// Machine describes the machine in a report, without the names of the machine and its user.
type Machine struct {
	System     string `json:"system"`     // as Go names it: windows
	Windows    string `json:"windows"`    // version and edition; empty: another system
	Arch       string `json:"arch"`       // of the system, as Go names it
	Program    string `json:"program"`    // architecture of gild
	Elevated   *bool  `json:"elevated"`   // null: unknown, as on other systems than Windows
	DISM       string `json:"dism"`       // version; empty: DISM was not run
	Emulated   bool   `json:"emulated"`   // the DISM is an emulation
	Wine       string `json:"wine"`       // version; empty: no Wine
	FileSystem string `json:"filesystem"` // of the folder that the checks work in
	FreeBytes  int64  `json:"free_bytes"` // there

	mountsBefore []mount // nil: unknown
}

func thisMachine(dir string) Machine {
	var this preflight.This
	m := Machine{System: runtime.GOOS, Windows: windowsVersion(), Arch: this.Arch(), Program: runtime.GOARCH, Wine: wineVersion()}
	m.Emulated = m.System != "windows" || m.Wine != ""
	if elevated, err := this.Elevated(); err == nil {
		m.Elevated = &elevated
	}
	if v, err := volume.Of(dir); err == nil {
		m.FileSystem, m.FreeBytes = v.Type, v.Free
	}
	return m
}

// mayService reports whether gild has the rights that DISM requires.
func (m Machine) mayService() bool { return m.Emulated || m.Elevated == nil || *m.Elevated }

// privileges checks the privileges that DISM and gild need to replace files of Windows.
var privileges = check{
	name: "privileges", proves: "gild has the privileges to replace files of Windows and to set their owners",
	run: func(b *bench, _ context.Context) error {
		held, err := heldPrivileges()
		switch {
		case err != nil:
			return err
		case held == nil:
			return skip("only Windows has privileges")
		case b.machine.Elevated != nil && !*b.machine.Elevated:
			return skip("gild does not run as administrator, so it does not hold them")
		}
		for _, name := range privilege.Needed() {
			if held[name] != privilege.Enabled {
				err = errors.Join(err, fmt.Errorf("%s is not enabled", name))
			}
		}
		if err != nil && b.missing != "" {
			err = fmt.Errorf("%w: %s", err, b.missing)
		}
		return err
	},
}

var heldPrivileges = privilege.Held // tests replace it

// askDISM adds what DISM says about the machine.
func (b *bench) askDISM(ctx context.Context) {
	if b.dism == nil {
		return
	}
	if t, err := b.dism.ask(ctx, "/Get-MountedImageInfo"); t != nil {
		b.machine.DISM = t.Tool
		if err == nil {
			b.machine.mountsBefore = mountsIn(t)
		}
	}
}
