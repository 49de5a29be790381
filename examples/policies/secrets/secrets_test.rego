package secrets_test

import data.secrets

registry(name, value) := {"images": [{"resource_changes": [{
	"address": "kiosk/registry.x",
	"kind": "registry",
	"after": {"name": name, "value": value},
}]}]}

file(content) := {"images": [{"resource_changes": [{
	"address": "kiosk/file.x",
	"kind": "file",
	"after": {"content": content},
}]}]}

test_password_is_denied if {
	some denial in secrets.deny with input as registry("DefaultPassword", "hunter2")
	denial.address == "kiosk/registry.x"
}

test_sensitive_password_is_allowed if {
	count(secrets.deny) == 0 with input as registry("DefaultPassword", null)
}

test_other_value_is_allowed if {
	count(secrets.deny) == 0 with input as registry("NoLockScreen", 1)
}

test_password_in_text_is_denied if {
	count(secrets.deny) == 1 with input as file("user = admin\npassword = hunter2\n")
}

test_variable_in_text_is_allowed if {
	count(secrets.deny) == 0 with input as file("password = %PASSWORD%\n")
}
