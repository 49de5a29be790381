package language

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/providers"
)

// satellite is a feature on demand of a language.
type satellite struct{ name, part string }

// satellites are in the order in which they are installed ("Language and region Features on
// Demand": the others need the first).
func satellites() []satellite {
	return []satellite{
		{"basic", "Basic"}, {"fonts", "Fonts"}, {"ocr", "OCR"},
		{"handwriting", "Handwriting"}, {"text_to_speech", "TextToSpeech"}, {"speech", "Speech"},
	}
}

func featureNames() []string {
	var names []string
	for _, s := range satellites() {
		names = append(names, s.name)
	}
	return names
}

// nameParts matches architecture and language in the name of a language pack's file.
var nameParts = regexp.MustCompile(`(?i)[_-](x64|amd64|arm64|x86)[_-]([a-z]{2,3}(?:-[a-z]{4})?(?:-[a-z]{2}|-[0-9]{3})?)\.cab$`)

// expand makes the features packages.
func expand(p pack, absent bool) ([]providers.Child, error) {
	if absent || len(p.Features) == 0 {
		return nil, nil
	}
	m := nameParts.FindStringSubmatch(address.Name(*p.Source))
	if m == nil {
		return nil, providers.Problemf("features", "Unknown architecture", "gild finds the files of the features by the language pack's name on Microsoft's media, as in Microsoft-Windows-Client-Language-Pack_x64_de-de.cab, and the name %s contains no architecture and language. Rename the file, or declare the features as packages.", *p.Source)
	}
	folder := address.Dir(*p.Source)
	if folder == "" {
		return nil, providers.Problemf("features", "No files next to the language pack", "%s names a file alone, and the files of the features are next to it. Give the address of an archive, a repository or an artefact with all of them, and the language pack behind the //, or declare the features as packages.", *p.Source)
	}
	language := strings.ToLower(m[2])
	if p.Language != nil {
		language = strings.ToLower(*p.Language)
	}
	var children []providers.Child
	for _, s := range satellites() {
		if !slices.Contains(p.Features, s.name) {
			continue
		}
		of := language
		if s.name == "fonts" {
			if of = fontsOf(language); of == "" {
				return nil, providers.Problemf("features", "No fonts for the language", "There is no package of fonts for %s: Windows has all the fonts it needs. Leave fonts out.", language)
			}
		}
		file := fmt.Sprintf("Microsoft-Windows-LanguageFeatures-%s-%s-Package~31bf3856ad364e35~%s~~.cab", s.part, of, arch(m[1]))
		children = append(children, providers.Child{
			Of: providers.PackageFile{Source: address.Join(folder, file)}, Name: s.name, Attr: "features",
		})
	}
	return children, nil
}

func arch(inName string) string {
	if strings.EqualFold(inName, "x64") {
		return "amd64"
	}
	return strings.ToLower(inName)
}

// fontsOf maps languages to the script that their package of fonts is named after ("Language and
// region Features on Demand", fonts).
func fontsOf(language string) string {
	switch language {
	case "zh-cn", "zh-sg", "zh-hans", "zh-hans-cn":
		return "Hans"
	case "zh-tw", "zh-hk", "zh-mo", "zh-hant", "zh-hant-tw", "zh-hant-hk":
		return "Hant"
	}
	primary, _, _ := strings.Cut(language, "-")
	return map[string]string{
		"am": "Ethi", "ar": "Arab", "as": "Beng", "bn": "Beng", "chr": "Cher", "fa": "Arab", "gu": "Gujr", "he": "Hebr",
		"hi": "Deva", "ja": "Jpan", "km": "Khmr", "kn": "Knda", "ko": "Kore", "kok": "Deva", "lo": "Laoo", "ml": "Mlym",
		"mr": "Deva", "ne": "Deva", "or": "Orya", "pa": "Guru", "prs": "Arab", "ps": "Arab", "si": "Sinh", "syr": "Syrc",
		"ta": "Taml", "te": "Telu", "th": "Thai", "ti": "Ethi", "ug": "Arab", "ur": "Arab",
	}[primary]
}
