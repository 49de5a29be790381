image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # The source must be whole, and so must be what is made of it.
  health {
    content = true
  }

  service "print_spooler" {
    name  = "Spooler"
    start = "disabled"
  }
}
