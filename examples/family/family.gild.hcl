# A family of images: one per site, from one source, in one file.

variable "sites" {
  type = map(object({ time_zone = string, printer = bool }))
  default = {
    berlin = { time_zone = "W. Europe Standard Time", printer = true }
    tokyo  = { time_zone = "Tokyo Standard Time", printer = false }
  }
}

image "desk" {
  for_each = var.sites
  source   = "base.wim"
  output   = "out/desk-${each.key}.wim"
  use      = [profile.desk]

  registry "time_zone" {
    key   = "HKLM/SYSTEM/CurrentControlSet/Control/TimeZoneInformation"
    name  = "TimeZoneKeyName"
    type  = "sz"
    value = each.value.time_zone
  }

  dynamic "service" {
    for_each = each.value.printer ? [] : ["Spooler"]
    iterator = disabled
    labels   = [lower(disabled.value)]

    content {
      name  = disabled.value
      start = "disabled"
    }
  }
}

profile "desk" {
  registry "site_policy" {
    key   = "HKLM/SOFTWARE/Contoso/Desk"
    name  = "Managed"
    type  = "dword"
    value = 1
  }
}
