# Groups of resources that any image of this folder can use.

locals {
  policies = "HKLM/SOFTWARE/Policies/Microsoft"

  # Values of one registry key.
  lsa = {
    RunAsPPL                  = 1 # LSA runs protected
    LmCompatibilityLevel      = 5 # NTLMv2 only
    RestrictAnonymous         = 1
    DisableDomainCreds        = 1
    EveryoneIncludesAnonymous = 0
  }
}

profile "hardening" {
  registry "lsa" {
    for_each = local.lsa
    key      = "HKLM/SYSTEM/CurrentControlSet/Control/Lsa"
    name     = each.key
    type     = "dword"
    value    = each.value
  }

  registry "no_autorun" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Policies/Explorer"
    name  = "NoDriveTypeAutoRun"
    type  = "dword"
    value = 255
  }

  registry "no_llmnr" {
    key   = "${local.policies}/Windows NT/DNSClient"
    name  = "EnableMulticast"
    type  = "dword"
    value = 0
  }

  service "remote_registry" {
    name  = "RemoteRegistry"
    start = "disabled"
  }
}

profile "branding" {
  registry "owner" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
    name  = "RegisteredOrganization"
    type  = "sz"
    value = var.organization
  }

  # What every new user starts with.
  registry "no_web_search" {
    key   = "HKU/Default/Software/Microsoft/Windows/CurrentVersion/Search"
    name  = "BingSearchEnabled"
    type  = "dword"
    value = 0
  }

  file "branding" {
    path   = "ProgramData/Branding"
    source = "files/branding"
  }

  # Shipped by the vendor of the base image, not wanted here.
  file "welcome" {
    path   = "Users/Public/Desktop/Welcome.url"
    ensure = "absent"
  }
}
