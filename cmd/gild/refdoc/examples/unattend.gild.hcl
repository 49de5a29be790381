variable "password" {
  type      = string
  sensitive = true
}

image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  unattend "machine" {
    pass      = "specialize"
    component = "Microsoft-Windows-Shell-Setup"
    settings = {
      ComputerName = "*"
      TimeZone     = "W. Europe Standard Time"
    }
  }

  # An account, and its password apart from what a plan shows.
  unattend "first_start" {
    pass      = "oobeSystem"
    component = "Microsoft-Windows-Shell-Setup"
    settings = {
      OOBE = { HideEULAPage = true, ProtectYourPC = 3 }
      UserAccounts = {
        LocalAccounts = {
          LocalAccount = [{ Name = "admin", Group = "Administrators", Password = { PlainText = true } }]
        }
      }
      FirstLogonCommands = {
        SynchronousCommand = [
          { Order = 1, CommandLine = "powercfg /hibernate off", Description = "No hibernation" },
        ]
      }
    }
    secrets = {
      "UserAccounts/LocalAccounts/LocalAccount[Name=admin]/Password/Value" = var.password
    }
  }

  # For setup media: Setup takes no updates from the network.
  unattend "setup" {
    path      = "sources/Autounattend.xml"
    pass      = "windowsPE"
    component = "Microsoft-Windows-Setup"
    settings = {
      DynamicUpdate = { Enable = false, WillShowUI = "OnError" }
    }
  }
}
