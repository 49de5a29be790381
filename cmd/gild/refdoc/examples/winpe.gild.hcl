image "rescue" {
  source = "boot.wim"
  output = "out/rescue.wim"

  # Room and memory for servicing an image, which is on a share.
  winpe {
    scratch_space = 512
    page_file     = { path = "C:\\pagefile.sys", size = 1024 }
    startnet = [
      "net use Z: \\\\depot\\images",
      "Z:\\deploy.cmd",
    ]
  }
}
