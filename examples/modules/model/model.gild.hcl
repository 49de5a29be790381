# What one model of a PC needs.

variable "name" {
  type = string
}

variable "maker" {
  type = string
}

variable "power_plan" {
  type        = string
  description = "GUID of the active power plan."
}

profile "settings" {
  registry "maker" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/OEMInformation"
    name  = "Manufacturer"
    value = var.maker
  }

  registry "power_plan" {
    key   = "HKLM/SOFTWARE/Policies/Microsoft/Power/PowerSettings"
    name  = "ActivePowerScheme"
    value = var.power_plan
  }

  file "logo" {
    path   = "Windows/System32/oobe/info/${var.name}.txt"
    source = "files/support.txt"
  }
}
