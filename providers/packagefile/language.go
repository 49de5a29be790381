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

// Flavors of Windows that a language pack can be for.
const (
	Client = "client"
	Server = "server"
	WinPE  = "windows_pe"
)

// Flavor returns the flavor of Windows that a language pack is for, by its name; empty if the name
// does not say.
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

// FitsLanguage returns a problem if the language pack with this name, in the file that an attribute
// names, is for another flavor of Windows than the image.
func FitsLanguage(ctx context.Context, s image.Session, attr, file, name string) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if is, has := Flavor(name), flavorOfImage(info.InstallationType); is != "" && has != "" && is != has {
		words := map[string]string{Client: "Windows", Server: "Windows Server", WinPE: "Windows PE"}
		return providers.Problemf(attr, "Language pack for another Windows", "%s is for %s, and the image is one of %s. Name the file from the media for that Windows.", file, words[is], words[has])
	}
	return nil
}

// LanguageEffect is the effect of a language pack in an image; with a cumulative update in the
// image it says that one must follow.
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

// CheckRemoval refuses to remove the language in which Windows was installed in the image. The
// settings are the image's; the attribute names the language or its pack.
func CheckRemoval(settings international.Settings, attr, language string) error {
	if !nt.Equal(settings.DefaultUILanguage, language) {
		return nil
	}
	return providers.Problemf(attr, "Language can't be removed", "Windows was installed in %s in this image, and can't run without that language. Start from an image in another language.", language)
}

// LanguageOf returns the language of a language pack by the package's name; empty if it is none.
func LanguageOf(identity string) string {
	i, err := msu.ParseIdentity(identity)
	if err != nil || !msu.IsLanguagePack(i.Name) {
		return ""
	}
	return i.Language
}
