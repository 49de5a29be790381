package dsl

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// leastTimeout is the minimum timeout that an author can set. DISM prints nothing
// for minutes while it cleans up or commits a large image.
const leastTimeout = 10 * time.Minute

// dism evaluates the block; zero if there is none.
func (s settings) dism() DISM {
	h, at := s.head("dism", hcl.AttributeSchema{Name: "timeout"}, hcl.AttributeSchema{Name: "cleanup_mountpoints"})
	if h == nil {
		return DISM{}
	}
	d := DISM{Range: at, CleanupMountpoints: h.flag("cleanup_mountpoints")}
	if text := h.text("timeout"); text != "" {
		var err error
		if d.Timeout, err = time.ParseDuration(text); err != nil || d.Timeout < leastTimeout || d.Timeout > 7*24*time.Hour {
			h.wrong("timeout", fmt.Sprintf(`%q is no duration that fits; it is written like "45m" or "2h30m", from 10 minutes to 7 days.`, text))
			d.Timeout = 0
		}
	}
	return d
}
