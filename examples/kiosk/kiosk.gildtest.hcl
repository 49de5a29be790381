# gild test: the kiosk on a sample image.

sample "base.wim" {
  file "note" {
    path    = "Windows/Setup/note.txt"
    content = "left by somebody"
  }
}

run "plan" {
  assert {
    condition     = resource["kiosk/service.print_spooler"].after.start == "disabled"
    error_message = "A kiosk does not print."
  }
  assert {
    condition     = plan.images[0].source.edition == "Professional"
    error_message = "The kiosk is made from ${plan.images[0].source.edition}."
  }
}

run "image" {
  command = apply

  variables {
    organization = "Fabrikam"
  }

  assert {
    condition     = holds("kiosk", "service", { name = "Spooler" }).start == "disabled"
    error_message = "The finished image prints."
  }
  assert {
    condition     = text("kiosk", "Windows/Setup/note.txt") == "left by somebody"
    error_message = "What is not declared has to stay."
  }
}

run "dism_finds_a_corrupt_store" {
  command         = rehearse
  fault           = "Commit-Image@1:code=0x80073712"
  expect_failures = ["ERROR_SXS_COMPONENT_STORE_CORRUPT"]
}

run "long_name" {
  variables {
    organization = "A name that is longer than the sixty-four characters that Windows shows"
  }
  expect_failures = ["Windows shows at most 64 characters"]
}
