package image

import "context"

// SystemFiles lets Windows itself tell whether the files that it protects are
// what the component store says: a [Servicer] has it, too.
type SystemFiles interface {
	// VerifySystemFiles compares all protected files, which takes minutes, and
	// returns what is wrong, one sentence for each file. Nothing is ever repaired.
	VerifySystemFiles(ctx context.Context) ([]string, error)
}
