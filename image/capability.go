package image

// Capability names something that a session can do, in messages and for matching the
// ways of a kind with what a backend offers.
type Capability string

const (
	CanFiles    Capability = "files"    // [Files]
	CanRegistry Capability = "registry" // [Registry]
	CanExport   Capability = "export"   // [Exporter]

	CanAccess Capability = "access" // [Access]

	CanVerify Capability = "verify" // [Verifier]

	CanFirstBoot Capability = "first-boot" // [FirstBoot]
	CanService   Capability = "dism"       // [Servicer], [SystemFiles]
)

// As finds a capability of a session, looking through decorators: a session that
// wraps another one has a method Unwrap() Session. A decorator that must
// intercept a capability has to implement it.
func As[C any](s Session) (C, bool) {
	for s != nil {
		if c, ok := s.(C); ok {
			return c, true
		}
		w, ok := s.(interface{ Unwrap() Session })
		if !ok {
			break
		}
		s = w.Unwrap()
	}
	var none C
	return none, false
}
