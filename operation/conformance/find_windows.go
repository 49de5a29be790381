package conformance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"golang.org/x/sys/windows/registry"
)

// globalRoot is a folder in the output of reagentc, which has the language of Windows.
var globalRoot = regexp.MustCompile(`\\\\\?\\GLOBALROOT\\[^\r\n\x00]*`)

// imagesHere returns the usual places of Windows RE and Windows PE on a machine.
func imagesHere(ctx context.Context) []candidate {
	system := filepath.Join(os.Getenv("SystemRoot"), "System32")
	list := []candidate{{file: filepath.Join(system, "Recovery", "Winre.wim"), what: "Windows RE of this machine"}}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, filepath.Join(system, "reagentc.exe"), "/info").Output(); err == nil {
		if folder := globalRoot.Find(out); folder != nil {
			list = append(list, candidate{file: string(folder) + `\Winre.wim`, what: "Windows RE of this machine", copied: true})
		}
	}
	if kit := kitRoot(); kit != "" {
		arch := runtime.GOARCH
		if arch == "386" {
			arch = "x86"
		}
		list = append(list, candidate{what: "Windows PE of the ADK",
			file: filepath.Join(kit, "Assessment and Deployment Kit", "Windows Preinstallation Environment", arch, "en-us", "winpe.wim")})
	}
	return list
}

// kitRoot is the folder of the Windows Kits; empty if none are installed.
func kitRoot() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows Kits\Installed Roots`, registry.QUERY_VALUE|registry.WOW64_32KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	root, _, err := k.GetStringValue("KitsRoot10")
	if err != nil {
		return ""
	}
	return root
}

func driverStoreHere() string {
	return filepath.Join(os.Getenv("SystemRoot"), "System32", "DriverStore", "FileRepository")
}
