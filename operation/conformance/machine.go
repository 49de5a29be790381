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

// Machine is what a report says of the machine. It names neither the machine nor its user.
type Machine struct {
	System     string `json:"system"`     // as Go names it: windows
	Windows    string `json:"windows"`    // version and edition; empty: it is none
	Arch       string `json:"arch"`       // of the system, as Go names it
	Program    string `json:"program"`    // architecture of gild
	Elevated   *bool  `json:"elevated"`   // null: only Windows tells
	DISM       string `json:"dism"`       // version; empty: none was asked
	Emulated   bool   `json:"emulated"`   // that DISM is an emulation: this is no Windows
	Wine       string `json:"wine"`       // version of Wine; empty: it is none
	FileSystem string `json:"filesystem"` // of the folder that the checks work in
	FreeBytes  int64  `json:"free_bytes"` // there

	mountsBefore []mount // nil: DISM was not asked, or did not tell
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

// mayService tells whether DISM does not refuse for lack of rights.
func (m Machine) mayService() bool { return m.Emulated || m.Elevated == nil || *m.Elevated }

// privileges is the check of what DISM and gild need to replace files of others.
var privileges = check{
	name: "privileges", proves: "the privileges are in effect without which files of Windows can't be replaced or given their owner",
	run: func(b *bench, _ context.Context) error {
		held, err := heldPrivileges()
		switch {
		case err != nil:
			return err
		case held == nil:
			return skip("only Windows has privileges")
		case b.machine.Elevated != nil && !*b.machine.Elevated:
			return skip("gild was not started as an administrator, and so does not hold them")
		}
		for _, name := range privilege.Needed() {
			if held[name] != privilege.Enabled {
				err = errors.Join(err, fmt.Errorf("%s is not in effect", name))
			}
		}
		if err != nil && b.missing != "" {
			err = fmt.Errorf("%w: %s", err, b.missing)
		}
		return err
	},
}

var heldPrivileges = privilege.Held // tests have others

// askDISM completes what is known of the machine by what DISM says.
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
