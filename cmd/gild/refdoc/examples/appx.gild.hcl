image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  appx "unwanted" {
    for_each = toset(["Microsoft.BingNews", "Microsoft.WindowsCalculator", "Microsoft.ZuneMusic"])
    ensure   = "absent"
    name     = each.value
  }

  appx "kiosk" {
    name         = "Contoso.Kiosk"
    source       = "apps/kiosk.msixbundle"
    dependencies = ["apps/x64/Microsoft.VCLibs.140.00.appx", "apps/x86/Microsoft.VCLibs.140.00.appx"]
  }
}
