image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  user_default "desktop" {
    show_file_extensions = true
    explorer_opens       = "this_pc"
    taskbar_alignment    = "left"
    taskbar_search       = "icon"
    taskbar_widgets      = false
    app_theme            = "dark"
    onedrive_setup       = "removed"
  }

  user_default "lock" {
    screen_saver         = true
    screen_saver_program = "C:\\Windows\\System32\\scrnsave.scr"
    screen_saver_timeout = 600
    screen_saver_lock    = true
  }
}
