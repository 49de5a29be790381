image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # A text that is made here, with the line ends that Windows wants.
  file "setup_complete" {
    path         = "Windows/Setup/Scripts/SetupComplete.cmd"
    content      = "@echo off\nreg add HKLM\\SOFTWARE\\Contoso /v Ready /d 1 /f\n"
    line_endings = "crlf"
  }

  # A folder with everything in it, copied from the folder of the configuration.
  file "branding" {
    path       = "ProgramData/Branding"
    source     = "files/branding"
    attributes = ["readonly"]
  }

  file "welcome" {
    path   = "Users/Public/Desktop/Welcome.url"
    ensure = "absent"
  }
}
