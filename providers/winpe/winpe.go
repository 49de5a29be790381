// Package winpe is the kind "winpe": settings of Windows PE.
package winpe

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

const doc = "Settings of Windows PE: its scratch space, and what it does when it has started.\n\n" +
	"It is only for images of Windows PE, such as those of a `boot.wim`. Arguments that are left out\n" +
	"change nothing, and the settings can't be absent. Windows PE runs `winpeshl.ini` if there is one,\n" +
	"else `startnet.cmd`; in both, `wpeinit` comes first, which starts drivers and the network. To\n" +
	"service an image within Windows PE takes a page file, and more scratch space than the 32 MB that it\n" +
	"has by default."

// Where the settings are.
const (
	version  = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	winPE    = version + `\WinPE`
	filter   = `HKLM\SYSTEM\CurrentControlSet\Services\FBWF` // file based write filter, which makes the scratch space
	startnet = "Windows/System32/startnet.cmd"
	shellIni = "Windows/System32/winpeshl.ini"
)

// settings is the resource.
type settings struct {
	ScratchSpace *int      `cty:"scratch_space"`
	TargetPath   *string   `cty:"target_path"`
	PageFile     *pageFile `cty:"page_file"`
	Startnet     []string  `cty:"startnet"`
	Shell        []string  `cty:"shell"`
}

// pageFile is a page file that is created at the start.
type pageFile struct {
	Path string `cty:"path"`
	Size int    `cty:"size"` // MB
}

// Provider returns the kind.
func Provider() *providers.Provider {
	return providers.Typed[settings]{
		Kind: "winpe", Doc: doc, Singleton: true, Phase: providers.PhaseSetting,
		Schema: schema(), Check: check, Claims: claims, Read: read, List: list,
		Ways: []providers.TypedWay[settings]{{
			Name: providers.Offline, Effect: providers.Now(providers.Offline),
			Needs: []image.Capability{image.CanFiles, image.CanRegistry},
			Check: writable, Apply: providers.Each(apply),
		}},
	}.Provider()
}

func schema() dsl.Schema {
	return dsl.Schema{
		{Name: "scratch_space", Type: cty.Number,
			Doc: "Size in MB of the writable space on the drive of Windows PE, which is in memory: 32, 64, 128, 256 or 512."},
		{Name: "target_path", Type: cty.String, Fold: true,
			Doc: "Path of Windows PE when it runs, such as `X:\\`: a path of 3 to 32 characters that begins with a drive from `C:\\` to `Z:\\`."},
		{Name: "page_file", Type: cty.Object(map[string]cty.Type{"path": cty.String, "size": cty.Number}),
			Doc: "Page file to create at the start: `path`, on an existing disk, and `size` in MB. `startnet.cmd` creates it after `wpeinit`."},
		{Name: "startnet", Type: cty.List(cty.String),
			Doc: "Commands that `startnet.cmd` runs after `wpeinit` and after creating the page file, each a line of a batch file. They replace the existing ones."},
		{Name: "shell", Type: cty.List(cty.String),
			Doc: "Programs that `winpeshl.ini` starts after `wpeinit` instead of the command prompt and `startnet.cmd`, one after another: each a path, or a path, a comma and options. With an empty list the file is removed."},
	}
}

func claims(s settings, _ bool) []providers.Claim {
	list := []providers.Claim{providers.ClaimThing("settings of Windows PE", "")}
	if s.ScratchSpace != nil {
		list = append(list, providers.ClaimValue(filter, "WinPECacheThreshold"))
	}
	if s.TargetPath != nil {
		list = append(list, providers.ClaimValue(winPE, "InstRoot"), providers.ClaimValue(version, "SystemRoot"))
	}
	if s.Startnet != nil || s.PageFile != nil {
		list = append(list, providers.ClaimFile(startnet))
	}
	if s.Shell != nil {
		list = append(list, providers.ClaimFile(shellIni))
	}
	return list
}
