image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # An installer that a file resource has put into the image.
  script "agent" {
    name          = "contoso-agent"
    title         = "Install the Contoso agent"
    command       = ["msiexec /i %ProgramData%\\Contoso\\agent.msi /qn TOKEN=%TOKEN%"]
    environment   = { TOKEN = "not in the log" }
    ok_exit_codes = [0, 3010]
    restart       = true
    order         = 100
  }

  script "rename" {
    name       = "rename"
    powershell = <<-EOT
      $serial = (Get-CimInstance Win32_BIOS).SerialNumber
      Rename-Computer -NewName "KIOSK-$serial"
    EOT
    restart    = true
    on_failure = "continue"
  }
}
