package driverstore_test

import (
	"testing"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
)

func TestTarget(t *testing.T) {
	for _, tt := range []struct {
		info image.Info
		want inf.Target
	}{
		{image.Info{Arch: "amd64", Version: "10.0.22631.1", InstallationType: "Client"}, inf.Target{Arch: inf.AMD64, Major: 10, Build: 22631, ProductType: inf.Workstation}},
		{image.Info{Arch: "arm64", Version: "10.0.20348.1", InstallationType: "Server Core"}, inf.Target{Arch: inf.ARM64, Major: 10, Build: 20348, ProductType: inf.Server}},
		{image.Info{Arch: "x86", Version: "6.1.7601.24214"}, inf.Target{Arch: inf.X86, Major: 6, Minor: 1, Build: 7601, ProductType: inf.Workstation}},
		{image.Info{}, inf.Target{Major: 10, Build: 0xffff, ProductType: inf.Workstation}},
	} {
		if got := driverstore.Target(tt.info); got != tt.want {
			t.Errorf("%+v is %+v, want %+v", tt.info, got, tt.want)
		}
	}
}
