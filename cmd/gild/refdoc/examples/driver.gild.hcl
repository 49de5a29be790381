image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # Every driver for network cards in a folder, as the vendor has unpacked it.
  driver "network" {
    source  = "drivers/network"
    recurse = true
    classes = ["Net"]
  }

  # One package.
  driver "storage" {
    source = "drivers/storage/contoso.inf"
  }

  # All versions of a driver that the source image has.
  driver "old" {
    ensure        = "absent"
    original_name = "prnold.inf"
    provider      = "Contoso"
  }
}
