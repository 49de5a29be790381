image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # All users may read the image, and only its owner may change it. On
  # Windows accounts are named like "BUILTIN\\Users", elsewhere like "alice" or
  # "group:builders".
  image_access {
    read = ["everyone"]
  }

  service "print_spooler" {
    name  = "Spooler"
    start = "disabled"
  }
}
