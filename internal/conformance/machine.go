package conformance

import (
	"context"
	"runtime"

	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/internal/volume"
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
