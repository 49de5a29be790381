image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  feature "telnet" {
    name = "TelnetClient"
  }

  # With what it needs, and its files from the installation media.
  feature "net35" {
    name   = "NetFx3"
    all    = true
    source = "media/sources/sxs"
  }

  feature "smb1" {
    ensure         = "absent"
    name           = "SMB1Protocol"
    remove_payload = true
  }
}
