# A kiosk: one image of a WIM file, hardened, branded, with a first-boot script.

variable "base" {
  type        = string
  default     = "base.wim"
  description = "WIM file to start from. It is only read."
}

variable "organization" {
  type    = string
  default = "Contoso Transit"

  validation {
    condition     = length(var.organization) <= 64
    error_message = "Windows shows at most 64 characters of the organization."
  }
}

image "kiosk" {
  source = var.base
  index  = 1
  output = "out/kiosk.wim"
  use    = [profile.hardening, profile.branding]

  # A kiosk does not print.
  service "print_spooler" {
    name  = "Spooler"
    start = "disabled"
  }

  service "time" {
    name  = "W32Time"
    start = "delayed_auto"
  }

  registry "no_lock_screen" {
    key   = "HKLM/SOFTWARE/Policies/Microsoft/Windows/Personalization"
    name  = "NoLockScreen"
    type  = "dword"
    value = 1
  }

  registry "long_paths" {
    key   = "HKLM/SYSTEM/CurrentControlSet/Control/FileSystem"
    name  = "LongPathsEnabled"
    type  = "dword"
    value = 1
  }

  environment "organization" {
    name  = "ORGANIZATION"
    value = var.organization
  }

  # The server of the departures, also reachable while DNS is not.
  hosts "departures" {
    hostname = "departures.contoso.example"
    address  = "10.20.0.5"
  }

  appx "calculator" {
    ensure = "absent"
    name   = "Microsoft.WindowsCalculator"
  }

  file "setup_complete" {
    path         = "Windows/Setup/Scripts/SetupComplete.cmd"
    content      = templatefile("files/SetupComplete.cmd.tftpl", { organization = var.organization })
    line_endings = "crlf"
  }
}
