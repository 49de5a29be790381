image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # The key is one that Microsoft publishes for activation in a network. Any other
  # belongs into a sensitive variable.
  edition {
    name        = "Enterprise"
    product_key = "NPPR9-FWDCP-D2C8J-H872K-2YT43"
  }
}
