# Images made of images: the common part is made once, and the recovery environment is
# serviced by itself and put back into every image.

image "base" {
  source = "base.wim"
  output = "out/base.wim"

  registry "organization" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
    name  = "RegisteredOrganization"
    type  = "sz"
    value = "Contoso"
  }
}

# In a real installation the recovery environment is in the image itself:
# source = image.base.file["Windows/System32/Recovery/Winre.wim"]
image "winre" {
  source = "base.wim"
  output = "out/winre.wim"

  file "tools" {
    path    = "tools/readme.txt"
    content = "Call the service desk before you use these."
  }
}

image "kiosk" {
  for_each = { berlin = "W. Europe Standard Time", tokyo = "Tokyo Standard Time" }
  source   = image.base.output
  output   = "out/kiosk-${each.key}.wim"

  registry "time_zone" {
    key   = "HKLM/SYSTEM/CurrentControlSet/Control/TimeZoneInformation"
    name  = "TimeZoneKeyName"
    type  = "sz"
    value = each.value
  }

  file "winre" {
    path   = "Windows/System32/Recovery/Winre.wim"
    source = image.winre.output
  }
}
