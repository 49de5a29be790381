package driverstore

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
)

// newestBuild is the build of a Windows of unknown version.
const newestBuild = 0xffff

// Target returns the Windows for which packages of an image must be. An image without a
// version counts as the newest Windows.
func Target(info image.Info) inf.Target {
	t := inf.Target{Major: 10, Build: newestBuild, ProductType: inf.Workstation}
	t.Arch, _ = inf.ParseArch(info.Arch)
	if strings.HasPrefix(info.InstallationType, "Server") {
		t.ProductType = inf.Server
	}
	var revision uint32
	if n, _ := fmt.Sscanf(info.Version, "%d.%d.%d.%d", &t.Major, &t.Minor, &t.Build, &revision); n < 3 {
		t.Major, t.Minor, t.Build = 10, 0, newestBuild
	}
	return t
}
