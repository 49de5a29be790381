package size_test

import (
	"math"
	"testing"

	"github.com/gildhq/gild/ground/size"
)

func TestText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 52: "1023.9 KiB", 1<<20 - 51: "1.0 MiB",
		20 << 30: "20.0 GiB", math.MaxInt64: "8.0 EiB",
	} {
		if got := size.Text(n); got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}
