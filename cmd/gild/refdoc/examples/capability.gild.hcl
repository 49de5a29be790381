image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # From Microsoft's media with languages and optional features.
  capability "german" {
    for_each = toset(["Basic", "OCR"])
    name     = "Language.${each.value}~~~de-DE~0.0.1.0"
    source   = "languages"
  }

  capability "fax" {
    ensure = "absent"
    name   = "Print.Fax.Scan~~~~0.0.1.0"
  }
}
