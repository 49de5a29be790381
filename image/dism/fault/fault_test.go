package fault_test

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/image/dism/fault"
)

func TestOf(t *testing.T) {
	for _, test := range []struct {
		code  uint32
		text  string
		class fault.Class
	}{
		{740, "740 (ERROR_ELEVATION_REQUIRED): ", fault.Start},
		{0x800702e4, "0x800702e4 (ERROR_ELEVATION_REQUIRED): ", fault.Start},
		{0x80070070, "0x80070070 (ERROR_DISK_FULL): ", fault.Discard},
		{2148469026, "0x800f0922 (CBS_E_INSTALLERS_FAILED): ", fault.Discard},
		{0x8007000b, "0x8007000b (ERROR_BAD_FORMAT): the file", fault.Start},
		{11, "11 (ERROR_BAD_FORMAT): this DISM", fault.Start},
		{0xc15101fd, "0xc15101fd: ", fault.Retry},
		{0x80070032, "0x80070032 (ERROR_NOT_SUPPORTED): the volume of the mount folder", fault.Start},
		{50, "50 (ERROR_NOT_SUPPORTED): the image does not support", fault.Step},
		{0x800700ce, "0x800700ce (ERROR_FILENAME_EXCED_RANGE): a path is too long", fault.Start},
		{0x800f0902, "0x800f0902 (CBS_E_BUSY): ", fault.Retry},
		{0x80070020, "0x80070020 (ERROR_SHARING_VIOLATION): ", fault.Retry},
		{0x800706be, "0x800706be (RPC_S_CALL_FAILED): ", fault.Reopen},
		{0x12345678, "0x12345678: an error that has no entry here", fault.Step},
	} {
		f := fault.Of(test.code)
		if !strings.HasPrefix(f.String(), test.text) || f.Class != test.class || f.Code != test.code {
			t.Errorf("%#x: %s, %s", test.code, f, f.Class)
		}
	}
}

// TestOfMount: an unsupported mount is about the volume, and the remedy is named.
func TestOfMount(t *testing.T) {
	for _, code := range []uint32{50, 0x80070032} {
		if f := fault.OfMount(code); f.Code != code || !strings.Contains(f.Meaning, "deduplicated") || !strings.Contains(f.Remedy, "GILD_DATA_DIR") {
			t.Errorf("%s: %s", f, f.Remedy)
		}
	}
	if f := fault.OfMount(0xc1510111); !strings.Contains(f.Meaning, "Controlled Folder Access") || !strings.Contains(f.Remedy, "GILD_DATA_DIR") {
		t.Errorf("%s: %s", f, f.Remedy)
	}
}
