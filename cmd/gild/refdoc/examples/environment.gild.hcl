image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # A variable that is ours.
  environment "contoso_home" {
    name  = "CONTOSO_HOME"
    value = "%ProgramFiles%\\Contoso"
  }

  # Entries of a list that Windows and others have a say in, too.
  environment "path" {
    name    = "Path"
    prepend = ["%ProgramFiles%\\Contoso\\bin"]
    append  = ["C:\\Tools"]
  }

  # What new users find.
  environment "temp" {
    name  = "TEMP"
    scope = "default_user"
    value = "C:\\Temp"
  }
}
