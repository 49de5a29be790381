image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # One setting of a service that Windows has.
  service "print_spooler" {
    name  = "Spooler"
    start = "disabled"
  }

  # A service of our own; a file resource puts the program there.
  service "agent" {
    name         = "ContosoAgent"
    display_name = "Contoso Agent"
    binary_path  = "\"C:\\Program Files\\Contoso\\agent.exe\" -service"
    start        = "delayed_auto"
    account      = "NT AUTHORITY\\LocalService"
  }
}
