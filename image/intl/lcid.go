package intl

import (
	"fmt"
	"strings"
)

// tags are the locales that Windows has been made in, by number ([MS-LCID] §2.2).
const tags = "" +
	"0401 ar-SA 0402 bg-BG 0404 zh-TW 0405 cs-CZ 0406 da-DK 0407 de-DE 0408 el-GR 0409 en-US " +
	"040b fi-FI 040c fr-FR 040d he-IL 040e hu-HU 0410 it-IT 0411 ja-JP 0412 ko-KR 0413 nl-NL " +
	"0414 nb-NO 0415 pl-PL 0416 pt-BR 0418 ro-RO 0419 ru-RU 041a hr-HR 041b sk-SK 041d sv-SE " +
	"041e th-TH 041f tr-TR 0422 uk-UA 0424 sl-SI 0425 et-EE 0426 lv-LV 0427 lt-LT 0804 zh-CN " +
	"0809 en-GB 080a es-MX 0816 pt-PT 0c04 zh-HK 0c0a es-ES 0c0c fr-CA 241a sr-Latn-RS "

// tagOf returns the name of a locale; empty if it is none of those.
func tagOf(lcid uint32) string {
	_, after, found := strings.Cut(" "+tags, fmt.Sprintf(" %04x ", lcid))
	if !found {
		return ""
	}
	tag, _, _ := strings.Cut(after, " ")
	return tag
}
