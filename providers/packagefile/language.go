package packagefile

import (
	"context"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/international"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// The Windows that a language pack is for.
const (
	Client = "client"
	Server = "server"
	WinPE  = "windows_pe"
)

// Flavor tells by the name of a language pack what Windows it is for; empty where it
// does not tell.
func Flavor(name string) string {
	for f, of := range map[string]string{Client: "Client", Server: "Server", WinPE: "WinPE"} {
		if nt.Equal(name, "Microsoft-Windows-"+of+"-LanguagePack-Package") {
			return f
		}
	}
	return ""
}

func flavorOfImage(installationType string) string {
	switch installationType {
	case "Client":
		return Client
	case "Server", "Server Core":
		return Server
	case "WindowsPE":
		return WinPE
	}
	return ""
}

// FitsLanguage tells why the language pack of the name, in the file that an attribute
// names, is for another sort of Windows than the image holds.
func FitsLanguage(ctx context.Context, s image.Session, attr, file, name string) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if is, has := Flavor(name), flavorOfImage(info.InstallationType); is != "" && has != "" && is != has {
		words := map[string]string{Client: "Windows", Server: "Windows Server", WinPE: "Windows PE"}
		return providers.Problemf(attr, "Language pack for another Windows", "%s is for %s, and the image is one of %s. Name the file from the medium for that.", file, words[is], words[has])
	}
	return nil
}

// LanguageEffect says, with when a language pack takes effect, what an image with a
// cumulative update needs after it.
func LanguageEffect(ctx context.Context, s image.Session, when providers.Effect) (providers.Effect, error) {
	all, _, err := servicing.Recorded(ctx, s)
	if err != nil {
		return when, err
	}
	if servicing.Release(all) != "" {
		return when.With("; a cumulative update must come after it"), nil
	}
	return when, nil
}

// CheckRemoval refuses to take the language out of an image that Windows was installed
// in. Settings are those of the image; an attribute names the language or its pack.
func CheckRemoval(settings international.Settings, attr, language string) error {
	if !nt.Equal(settings.DefaultUILanguage, language) {
		return nil
	}
	return providers.Problemf(attr, "Language can't be removed", "Windows was installed in %s in this image, and can't be without that language. Start from an image in another one.", language)
}

// LanguageOf returns the language that a package is the language pack for; empty if it
// is none.
func LanguageOf(identity string) string {
	i, err := msu.ParseIdentity(identity)
	if err != nil || !msu.IsLanguagePack(i.Name) {
		return ""
	}
	return i.Language
}
