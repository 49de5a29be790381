package dsl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// varies reports whether a block depends on its image: it refers to image, or to the each
// of the image's for_each. A for_each of the block hides that each.
func varies(content *hcl.BodyContent) bool {
	roots := []string{"image", "each"}
	if each := content.Attributes["for_each"]; each != nil {
		if refers(each.Expr, roots) {
			return true
		}
		roots = roots[:1]
	}
	for name, attr := range content.Attributes {
		if name != "depends_on" && refers(attr.Expr, roots) {
			return true
		}
	}
	for _, block := range content.Blocks {
		attrs, _ := block.Body.JustAttributes() // decoding reports mistakes in them
		for _, attr := range attrs {
			if refers(attr.Expr, roots) {
				return true
			}
		}
	}
	return false
}

func refers(expr hcl.Expression, roots []string) bool {
	return slices.ContainsFunc(expr.Variables(), func(t hcl.Traversal) bool {
		if !slices.Contains(roots, t.RootName()) {
			return false
		}
		if len(t) > 1 && t.RootName() == "image" {
			name, ok := t[1].(hcl.TraverseAttr)
			return !ok || slices.Contains(imageFacts, name.Name)
		}
		return true
	})
}

// imageFacts returns the value of the name image.
var imageFacts = []string{"name", "key", "value"}
