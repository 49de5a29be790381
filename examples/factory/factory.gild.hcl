# A factory: the image of a line of machines, and the Windows PE that installs it.
# There is a resource of every kind.
#
# `go run ./internal/sample/make -factory COPY` makes the source images and packages in
# a copy of this folder.

variable "organization" {
  type        = string
  default     = "Contoso"
  description = "Customer for whom the machines are made."
}

variable "password" {
  type        = string
  default     = "only-a-sample"
  sensitive   = true
  description = "Password of the account that the first boot makes."
}

image "desktop" {
  source = "install.wim"
  index  = 1
  output = "out/install.wim"
  use    = [profile.servicing, profile.regional, profile.desktop, profile.first_boot]

  # With the key that Microsoft publishes for activation in a network.
  edition {
    name        = "Enterprise"
    product_key = "NPPR9-FWDCP-D2C8J-H872K-2YT43"
  }

  # All users may read the image, and only its owner may change it.
  image_access {
    read = ["everyone"]
  }

  # The source must be whole, and so must be the output.
  health {
    content = true
  }
}

image "deploy" {
  source = "boot.wim"
  index  = 1
  output = "out/boot.wim"

  # What Windows PE runs when it has started.
  winpe {
    scratch_space = 512
    startnet      = ["X:\\factory\\deploy.cmd"]
  }

  file "deploy" {
    path         = "factory/deploy.cmd"
    content      = "@echo Deploying the image of ${var.organization}\n"
    line_endings = "crlf"
  }

  health {
    content = true
  }
}
