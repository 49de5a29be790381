package international

import (
	"context"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the settings with those that DISM reports, except the location and the layered
// keyboard driver, which DISM names only in words.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[settings]) ([]providers.Doubt, error) {
	t, err := ask("/Get-Intl")
	if err != nil {
		return nil, err
	}
	var doubts []providers.Doubt
	compare := func(field string, want *string) {
		if want != nil {
			doubts = append(doubts, viadism.Differs(field, []string{t.Get(field)}, *want)...)
		}
	}
	if w := c.Want; !providers.Is(w.UIAtFirstBoot, true) {
		compare("Default system UI language", w.UILanguage)
	}
	compare("System locale", c.Want.SystemLocale)
	compare("Default time zone", c.Want.TimeZone)
	compare("User locale for default user", c.Want.UserLocale)
	if c.Want.InputLocales != nil {
		keyboards := strings.Join(c.Want.InputLocales, ", ")
		compare("Active keyboard(s)", &keyboards)
	}
	return doubts, nil
}
