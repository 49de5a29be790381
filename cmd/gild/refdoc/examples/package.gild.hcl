image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  # The cumulative update of the month. gild finds its checkpoint cumulative updates in the same folder.
  package "update" {
    source = "updates/windows11.0-kb5058411-x64.msu"
  }

  # It must be this one.
  package "dotnet" {
    source = "updates/windows11.0-kb5054979-x64-ndp481.msu"
    kb     = "KB5054979"
  }

  package "old_fix" {
    identity = "Package_for_KB5001234~31bf3856ad364e35~amd64~~26100.1.1.2"
    ensure   = "absent"
  }
}
