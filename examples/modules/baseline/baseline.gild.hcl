# What every PC of an organization has.

variable "organization" {
  type        = string
  description = "Shown in the system's properties."
}

variable "telemetry" {
  type        = number
  default     = 0
  description = "AllowTelemetry of the policy for data collection, 0 to 3."
  validation {
    condition     = contains([0, 1, 2, 3], var.telemetry)
    error_message = "Windows knows the levels 0, 1, 2 and 3."
  }
}

locals {
  policies = "HKLM/SOFTWARE/Policies/Microsoft"
}

profile "hardening" {
  registry "organization" {
    key   = "HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion"
    name  = "RegisteredOrganization"
    value = var.organization
  }

  registry "telemetry" {
    key   = "${local.policies}/Windows/DataCollection"
    name  = "AllowTelemetry"
    type  = "dword"
    value = var.telemetry
  }

  file "notice" {
    path    = "Windows/System32/${var.organization}-notice.txt"
    content = file("notice.txt")
  }
}

output "key" {
  value       = "HKLM/SOFTWARE/${var.organization}"
  description = "Where the organization keeps its own settings."
}
