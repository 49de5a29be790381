# Packages, parts of Windows and drivers.
profile "servicing" {
  # From the vendor of the machines. This sample is not signed.
  driver "network" {
    source         = "payloads/drivers/nic"
    force_unsigned = true
  }

  feature "telnet" {
    name = "TelnetClient"
  }

  feature "print_to_pdf" {
    ensure = "absent"
    name   = "Printing-PrintToPDFServices-Features"
  }

  capability "ssh" {
    name = "OpenSSH.Server~~~~0.0.1.0"
  }

  language_pack "german" {
    source   = "payloads/languages/Microsoft-Windows-Client-Language-Pack_x64_de-de.cab"
    features = ["basic"]
  }

  package "update" {
    source = "payloads/updates/windows11.0-kb5058411-x64.cab"
  }

  cleanup "component_store" {
    reset_base = true
  }

  appx "calculator" {
    ensure = "absent"
    name   = "Microsoft.WindowsCalculator"
  }
}

# The region of the machines.
profile "regional" {
  international {
    ui_language   = "en-US"
    system_locale = "de-DE"
    user_locale   = "de-DE"
    input_locales = ["de-DE", "en-US"]
    time_zone     = "W. Europe Standard Time"
    location      = 94
  }
}

# Settings.
profile "desktop" {
  security "hardening" {
    baseline = "microsoft-24h2"
  }

  registry "owner" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
    name  = "RegisteredOrganization"
    value = var.organization
  }

  user_default "desktop" {
    show_file_extensions = true
    taskbar_alignment    = "left"
  }

  scheduled_task "defrag" {
    path    = "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag"
    enabled = false
  }

  service "print_spooler" {
    name  = "Spooler"
    start = "disabled"
  }

  environment "organization" {
    name  = "ORGANIZATION"
    value = var.organization
  }

  environment "path" {
    name   = "Path"
    append = ["%ProgramFiles%\\Contoso\\bin"]
  }

  hosts "depot" {
    hostname = "depot.contoso.example"
    address  = "10.20.0.5"
  }

  default_apps {
    associations = {
      ".pdf" = { prog_id = "Contoso.Reader.1", application_name = "Contoso Reader" }
    }
  }

  file "readme" {
    path    = "ProgramData/Contoso/readme.txt"
    content = "Made for ${var.organization}.\n"
  }
}

# What a machine does at its first boot.
profile "first_boot" {
  unattend "machine" {
    pass      = "specialize"
    component = "Microsoft-Windows-Shell-Setup"
    settings = {
      ComputerName = "*"
    }
  }

  unattend "account" {
    pass      = "oobeSystem"
    component = "Microsoft-Windows-Shell-Setup"
    settings = {
      OOBE = { HideEULAPage = true, ProtectYourPC = 3 }
      UserAccounts = {
        LocalAccounts = {
          LocalAccount = [{ Name = "factory", Group = "Administrators", Password = { PlainText = true } }]
        }
      }
    }
    secrets = {
      "UserAccounts/LocalAccounts/LocalAccount[Name=factory]/Password/Value" = var.password
    }
  }

  script "rename" {
    name       = "rename"
    powershell = <<-EOT
      $serial = (Get-CimInstance Win32_BIOS).SerialNumber
      Rename-Computer -NewName "CONTOSO-$serial"
    EOT
    restart    = true
    on_failure = "continue"
  }
}
