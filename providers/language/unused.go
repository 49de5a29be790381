package language

import (
	"context"
	"fmt"
	"slices"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
)

// windows11 is the first build whose task LPRemove removes languages that no user uses
// ("Policy CSP - TimeLanguageSettings", BlockCleanupOfUnusedPreinstalledLangPacks).
const windows11 = 22000

// warn warns of a language that Windows 11 may remove again, unless a resource or the image decides
// on that.
func warn(_ context.Context, s image.Session, around providers.Around, want pack, absent bool) ([]*providers.Problem, error) {
	isClient := providers.Is(want.Flavor, "client")
	if absent || !isClient || !slices.ContainsFunc(want.Builds, func(b int) bool { return b >= windows11 }) {
		return nil, nil
	}
	if _, by, err := around.Value(international.CleanupPolicy()); by != "" || err != nil {
		return nil, err
	}
	reg, err := providers.Need[image.Registry](s, image.CanRegistry)
	if err != nil {
		return nil, err
	}
	if _, told, err := international.KeepsLanguages(reg); told || err != nil {
		return nil, err
	}
	return []*providers.Problem{{Attr: "source", Summary: "Windows 11 removes languages that no user uses", Detail: fmt.Sprintf(
		"The task LPRemove removes %s from the deployed machine if no user uses it. Set keep_languages = true in an international resource to keep it, or false to accept that.", *want.Language)}}, nil
}
