image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  registry "no_lock_screen" {
    key   = "HKLM/SOFTWARE/Policies/Microsoft/Windows/Personalization"
    name  = "NoLockScreen"
    value = 1
  }

  registry "no_news" {
    ensure = "absent"
    key    = "HKLM/SOFTWARE/Policies/Microsoft/Dsh"
  }
}
