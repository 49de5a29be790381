image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # A definition that `schtasks /query /xml` has exported on another machine.
  scheduled_task "update" {
    path   = "\\Contoso\\Update"
    source = "files/tasks/update.xml"
  }

  scheduled_task "defrag" {
    path    = "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag"
    enabled = false
  }

  scheduled_task "telemetry" {
    ensure = "absent"
    path   = "\\Microsoft\\Windows\\Application Experience\\Microsoft Compatibility Appraiser"
  }
}
