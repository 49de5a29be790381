image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  appx "unwanted" {
    for_each = toset(["Microsoft.BingNews", "Microsoft.WindowsCalculator", "Microsoft.ZuneMusic"])
    ensure   = "absent"
    name     = each.value
  }
}
