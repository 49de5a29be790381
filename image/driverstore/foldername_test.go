package driverstore

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
)

// TestRealFolderNames: names that Windows gave to folders of known INF files, in the
// real SYSTEM and on other machines.
func TestRealFolderNames(t *testing.T) {
	for file, want := range map[string]string{
		"driverstore/ntprint.inf_x86_da68d8e26d6f4c64/ntprint.inf":          "ntprint.inf_x86_da68d8e26d6f4c64", // UTF-16, with a byte order mark
		"drivers/arduino/build/windows/dist/drivers/arduino.inf":            "arduino.inf_amd64_6cb1adf1bc8e1d48",
		"drivers/arduino/build/windows/dist/drivers/CP210x_6.7/slabvcp.inf": "slabvcp.inf_amd64_ab8310f5de07b344",
		"inf-inbox/acpipagr.inf": "acpipagr.inf_amd64_be4252a3ec625c86",
		"inf-inbox/acpipmi.inf":  "acpipmi.inf_amd64_7c4254fe952e4964",
		"inf-inbox/acpitime.inf": "acpitime.inf_amd64_5cd228f6ee1d44e1",
		"inf-inbox/agp.inf":      "agp.inf_amd64_1aaa07b351c8f44f",
		"inf-inbox/amdsata.inf":  "amdsata.inf_amd64_84c4c847fab6120a",
		"inf-inbox/arcsas.inf":   "arcsas.inf_amd64_2a06579fc6ddba80",
		"inf-inbox/battery.inf":  "battery.inf_amd64_bd58592a297824a4",
	} {
		data := testenv.ReadShared(t, file)
		arch := inf.AMD64
		if strings.Contains(want, "_x86_") {
			arch = inf.X86
		}
		if got := FolderName(filepath.Base(file), arch, data); got != want {
			t.Errorf("%s is in %s, not %s", file, got, want)
		}
	}
	s := realStore(t)
	for _, file := range []string{"3ware.inf", "amdsbs.inf"} {
		name := FolderName(file, inf.AMD64, testenv.ReadShared(t, "inf-inbox/"+file))
		if s.find(name) < 0 {
			t.Errorf("the real SYSTEM has no %s", name)
		}
	}
}

func TestFolderName(t *testing.T) {
	for text, want := range map[string]string{
		"":         "0000000000000000",
		"\x01":     "0100000000000000",
		"\x01\x02": "2900000000000000", // 39 + 2
		"\xff":     "ff00000000000000", // not negative
		strings.Repeat("\xff", 40): func() string {
			var h [8]byte // computed differently: byte by byte
			for range 40 {
				carry := 255
				for i := range h {
					carry += int(h[i]) * 39
					h[i] = byte(carry)
					carry >>= 8
				}
			}
			return hexOf(h[:])
		}(),
	} {
		if got := FolderName("A.INF", inf.ARM64, []byte(text)); got != "a.inf_arm64_"+want {
			t.Errorf("%x is in %s, not in %s", text, got, want)
		}
	}
	if !nt.Equal(infName(FolderName("My_Driver.INF", inf.X86, nil)), "my_driver.inf") {
		t.Error("the name of the INF file is lost")
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}
