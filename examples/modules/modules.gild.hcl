# Modules: a baseline that is the same for all, and what each model of a PC needs, written once.

variable "models" {
  type = map(object({ maker = string, power_plan = string }))
  default = {
    desk   = { maker = "Contoso", power_plan = "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c" }
    laptop = { maker = "Fabrikam", power_plan = "381b4222-f694-41f0-9685-ff5bb260df2e" }
  }
}

module "baseline" {
  source       = "./baseline"
  organization = "Contoso"
  telemetry    = 1
}

module "model" {
  for_each   = var.models
  source     = "./model"
  name       = each.key
  maker      = each.value.maker
  power_plan = each.value.power_plan
}

image "model" {
  for_each = var.models
  source   = "base.wim"
  output   = "out/${each.key}.wim"
  use      = [module.baseline.profile.hardening, module.model[each.key].profile.settings]

  registry "built_from" {
    key   = module.baseline.key
    name  = "Model"
    value = each.key
  }
}

output "images" {
  value       = { for name, image in image.model : name => { file = image.output, sha256 = image.sha256 } }
  description = "What was made: gild output images"
}
