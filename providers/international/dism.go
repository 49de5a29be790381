package international

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// byDISM has DISM make the settings, all in one command. Microsoft supports changing the
// international settings of an image only by DISM.
func byDISM() providers.TypedWay[settings] {
	return providers.TypedWay[settings]{
		Name: providers.ByDISM, Effect: viadism.Effect(), Needs: viadism.Needs(image.CanRegistry, image.CanFirstBoot),
		Check: writable, EffectIn: effect(viadism.Effect()), Apply: providers.Each(applyByDISM), Confirm: confirm,
	}
}

// applyByDISM leaves to the offline way what DISM has no option for: the location, and the queue of
// the first boot.
func applyByDISM(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[settings]) error {
	have, _, err := international.Read(ctx, s)
	if err != nil {
		return err
	}
	if args := c.Want.options(have); len(args) > 0 {
		if err := viadism.Run(ctx, s, args...); err != nil {
			return err
		}
	}
	return apply(ctx, s, host, c)
}

// options are the options for the settings that differ in the image.
func (s *settings) options(have international.Settings) []string {
	var args []string
	add := func(option string, want *string, has ...string) {
		if want != nil && slices.ContainsFunc(has, func(h string) bool { return !equal(h, want) }) {
			args = append(args, option+":"+*want)
		}
	}
	var locales, inputs []string
	for _, u := range have.Users {
		locales, inputs = append(locales, u.Locale), append(inputs, strings.Join(u.InputLocales, ";"))
	}
	if !*s.UIAtFirstBoot {
		add("/Set-UILang", s.UILanguage, append(first(have.PreferredUI), have.DefaultUILanguage)...)
	}
	add("/Set-SysLocale", s.SystemLocale, have.SystemLocale)
	add("/Set-UserLocale", s.UserLocale, locales...)
	if s.InputLocales != nil {
		keyboards := strings.Join(s.InputLocales, ";")
		add("/Set-InputLocale", &keyboards, inputs...)
	}
	add("/Set-TimeZone", s.TimeZone, have.TimeZone)
	if s.Layered != nil {
		number := strconv.Itoa(*s.Layered)
		add("/Set-LayeredDriver", &number, strconv.Itoa(have.Layered))
	}
	return args
}
