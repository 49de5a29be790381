# What exactly goes into the images: "gild init" adds to it, and "gild lock -upgrade"
# changes it. Commit it. After a merge keep the blocks of both sides.

version = 1

module "git::https://git.example/modules.git//net" {
  constraint = "~> 1.2"
  version    = "v1.2.3"
  revision   = "0123456789abcdef0123456789abcdef01234567"
  sha256     = "000000000000000000000000000000000000000000000000000000000000000c"
  size       = 12
}

module "git::https://git.example/modules.git//net" {
  constraint = "~> 2.0"
  version    = "v2.0.0"
  sha256     = "000000000000000000000000000000000000000000000000000000000000000d"
  size       = 13
}

payload "drivers/$${nic}/%%{x} \"1\"" {
  sha256 = "0000000000000000000000000000000000000000000000000000000000000007"
  size   = 7
  driver = [
    "e1d.inf 12.19.2.45, Intel, signed by Ünïon $${x} \\ \"y\"",
    "b.inf 1.0",
  ]
}

payload "https://files.example/a%20b.zip//net" {
  revision = "W/\"5f-a\\b\""
  sha256   = "000000000000000000000000000000000000000000000000000000000000000e"
  size     = 14
}

payload "updates/kb5058411.msu" {
  sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  size   = 0
  kb     = "KB5058411"
  build  = "26100.4061"
  needs  = "26100.1742"
}

source "base.wim" {
  sha256 = "0000000000000000000000000000000000000000000000000000010000000000"
  size   = 1099511627776
  edition = [
    "Enterprise",
    "Education",
  ]
  build = "26100.2096"
  arch  = "amd64"
}
