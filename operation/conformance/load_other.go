//go:build !windows

package conformance

import "runtime"

func windowsLoaders() []loader {
	no := func(string) (listing, error) { return nil, skip("only Windows can do this; this is %s", runtime.GOOS) }
	return []loader{{"offreg", provesOffreg, no}, {"loaded", provesLoaded, no}}
}
