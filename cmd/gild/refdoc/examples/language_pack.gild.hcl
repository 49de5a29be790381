image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # From the medium "Languages and Optional Features" of the image's release.
  language_pack "german" {
    source   = "languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab"
    features = ["basic", "ocr"]
  }

  # The update that the image has is installed again after the language.
  package "update" {
    source = "updates/windows11.0-kb5058411-x64.msu"
  }

  language_pack "french" {
    language = "fr-FR"
    ensure   = "absent"
  }
}
