package image

import "context"

// SystemFiles lets Windows itself compare its protected files with the component store,
// with sfc. A [Servicer] also has this capability.
type SystemFiles interface {
	// VerifySystemFiles compares all protected files, which takes minutes, and returns
	// what is wrong, one sentence for each file. It never repairs anything.
	VerifySystemFiles(ctx context.Context) ([]string, error)
}
