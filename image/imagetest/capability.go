package imagetest

import "github.com/gildhq/gild/image"

// has reports whether the session has the capability.
func has(s image.Session, c image.Capability) bool {
	switch c {
	case image.CanFiles:
		_, ok := image.As[image.Files](s)
		return ok
	case image.CanRegistry:
		_, ok := image.As[image.Registry](s)
		return ok
	case image.CanExport:
		_, ok := image.As[image.Exporter](s)
		return ok
	case image.CanAccess:
		_, ok := image.As[image.Access](s)
		return ok
	case image.CanVerify:
		_, ok := image.As[image.Verifier](s)
		return ok
	case image.CanFirstBoot:
		_, ok := image.As[image.FirstBoot](s)
		return ok
	}
	return false
}
