image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  cleanup "component_store" {
    reset_base = true
  }
}
