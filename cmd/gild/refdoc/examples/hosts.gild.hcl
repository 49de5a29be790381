image "kiosk" {
  source = "base.wim"
  output = "out/kiosk.wim"

  hosts "updates" {
    hostname = "updates.contoso.com"
    address  = "10.20.0.5"
    comment  = "depot"
  }

  # Names that are to lead nowhere.
  hosts "nowhere" {
    for_each = toset(["ads.example.com", "news.example.com"])
    hostname = each.value
    address  = "0.0.0.0"
  }
}
