package conformance

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// windowsVersion is the version with its revision, and the edition in the registry.
func windowsVersion() string {
	v := windows.RtlGetVersion()
	text := fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows NT\CurrentVersion`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return text
	}
	defer k.Close()
	if revision, _, err := k.GetIntegerValue("UBR"); err == nil {
		text += fmt.Sprintf(".%d", revision)
	}
	for _, name := range []string{"EditionID", "DisplayVersion"} {
		if s, _, err := k.GetStringValue(name); err == nil {
			text += " " + s
		}
	}
	return text
}

// wineVersion is the version of Wine; empty on Windows.
func wineVersion() string {
	f := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version")
	if f.Find() != nil {
		return ""
	}
	p, _, _ := f.Call()
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&p)))
}
