image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  default_apps {
    associations = {
      ".pdf" = { prog_id = "AcroExch.Document.DC", application_name = "Adobe Acrobat" }
      ".htm" = { prog_id = "ChromeHTML", application_name = "Google Chrome" }
      "http" = { prog_id = "ChromeHTML", application_name = "Google Chrome" }
    }
  }
}
