package updates_test

import data.updates

plan(age) := {"images": [{"name": "kiosk", "resource_changes": [{
	"address": "kiosk/security.base",
	"kind": "security",
	"after": {"max_update_age": age},
}]}]}

test_new_is_allowed if {
	count(updates.deny) == 0 with input as plan("45d")
}

test_old_is_denied if {
	some denial in updates.deny with input as plan("60d")
	denial.msg == "Updates may be 60 days old, and 45 is the limit."
}

test_without_limit_is_denied if {
	some denial in updates.deny with input as plan(null)
	denial.address == "kiosk"
}

test_without_security_is_denied if {
	count(updates.deny) == 1 with input as {"images": [{"name": "kiosk", "resource_changes": []}]}
}
