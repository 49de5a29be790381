image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # Microsoft's baseline, with three things of our own.
  security "hardening" {
    baseline              = "microsoft-24h2"
    credential_guard      = "unmanaged"
    rdp                   = "disabled"
    event_log_size_system = 65536
  }

  # What the image itself must fulfil when all is done.
  security "policy" {
    max_update_age         = "45d"
    require_signed_drivers = true
    image_access           = { read = ["everyone"] }
  }
}
