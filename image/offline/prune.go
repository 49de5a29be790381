package offline

import (
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/layers"
)

var _ image.Pruner = Backend{}

// Prune implements [image.Pruner].
func (Backend) Prune(store string, keep map[string]bool) (freed int64, err error) {
	return layers.Prune(store, keep)
}
