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
		{0x12345678, "0x12345678: an error that has no entry here", fault.Step},
	} {
		f := fault.Of(test.code)
		if !strings.HasPrefix(f.String(), test.text) || f.Class != test.class || f.Code != test.code {
			t.Errorf("%#x: %s, %s", test.code, f, f.Class)
		}
	}
}
