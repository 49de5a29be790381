// Package userdefault is the kind "user_default": typed settings for new users.
package userdefault

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/settings"
)

const doc = "Typed settings for new users, in the registry of the default user, `Users\\Default\\NTUSER.DAT`.\n\n" +
	"A resource expands to `registry` values below `HKU/Default`, which plans show one by one:\n" +
	"`user_default.desktop/registry.show_file_extensions`. The table below the arguments shows these values and the\n" +
	"document for each setting. Settings that are not named stay unchanged. Existing user profiles do not change, neither\n" +
	"those in the image nor those on a deployed machine. Users can change a setting unless it is a policy. For other\n" +
	"values use `registry` resources; for languages and keyboards use `international`. There can be several blocks if no\n" +
	"two set the same value."

// Provider returns the kind.
func Provider() *providers.Provider {
	c := Catalogue()
	return providers.Typed[cty.Value]{
		Kind: "user_default", Doc: doc, Phase: providers.PhaseSetting, Schema: c.Schema(), Appendix: c.Reference,
		Check: func(want *cty.Value, absent bool) error {
			if absent {
				return &providers.Problem{Summary: "Can't be absent", Detail: "A setting has no state before this one to go back to. Remove the block, to leave the settings as they are."}
			}
			checked, err := c.Check(*want)
			if err == nil && len(c.Chosen(checked)) == 0 {
				err = &providers.Problem{Summary: "Nothing to set", Detail: "Name a setting, such as show_file_extensions = true."}
			}
			*want = checked
			return err
		},
		Expand: func(want cty.Value, absent bool) ([]providers.Child, error) {
			if absent {
				return nil, nil
			}
			return c.Expand(want), nil
		},
	}.Provider()
}

// Catalogue returns the settings.
func Catalogue() *settings.Catalogue {
	c := &settings.Catalogue{}
	for _, part := range [][]settings.Setting{explorer(), desktop(), taskbar(), start(), content(), session(), input()} {
		c.Settings = append(c.Settings, part...)
	}
	return c
}
