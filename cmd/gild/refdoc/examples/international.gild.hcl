image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # German formats and keyboards in an English Windows.
  international {
    ui_language   = "en-US"
    system_locale = "de-DE"
    user_locale   = "de-DE"
    input_locales = ["de-DE", "en-US"]
    time_zone     = "W. Europe Standard Time"
    location      = 94
  }
}
