package image

// Pruner is a [Backend] that keeps checkpoints in a store.
type Pruner interface {
	// Prune removes from the store the checkpoints that keep does not name and that
	// none of those is built on. It returns how many bytes that freed. No session
	// may have the store open.
	Prune(store string, keep map[string]bool) (freed int64, err error)
}
