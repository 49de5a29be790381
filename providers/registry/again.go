package registry

import (
	"strings"

	"github.com/gildhq/gild/providers"
)

// again has formats written after a change of international settings, which
// removes those of a user that would not fit another locale or location.
func again(want setting, earlier []providers.Change) string {
	attr, ok := removedWith(want)
	if !ok {
		return ""
	}
	for _, c := range earlier {
		if c.Addr.Kind == "international" && !c.Want.GetAttr(attr).IsNull() {
			return "another " + attr + " before it removes such values"
		}
	}
	return ""
}

// removedWith returns the attribute of international whose change removes the
// value.
func removedWith(s setting) (attr string, ok bool) {
	if s.Name == nil {
		return "", false
	}
	for _, user := range []string{"HKU/Default", "HKU/.DEFAULT"} {
		switch formats := user + "/Control Panel/International"; {
		case strings.EqualFold(s.Key, formats):
			return "user_locale", true
		case strings.EqualFold(s.Key, formats+"/Geo"):
			return "location", true
		}
	}
	return "", false
}
