package drivers_test

import data.drivers

change(after) := {"address": "kiosk/driver.nic", "kind": "driver", "action": "create", "after": after}

plan(after) := {"images": [{"resource_changes": [change(after)]}]}

test_signed_is_allowed if {
	count(drivers.deny) == 0 with input as plan({
		"force_unsigned": false,
		"packages": {"nic.inf": {"signer": "Contoso Root"}},
	})
}

test_unsigned_is_denied if {
	some denial in drivers.deny with input as plan({
		"force_unsigned": false,
		"packages": {"nic.inf": {"signer": null}},
	})
	denial.msg == "The driver package nic.inf is not signed."
	denial.address == "kiosk/driver.nic"
}

test_force_unsigned_is_denied if {
	some denial in drivers.deny with input as plan({"force_unsigned": true, "packages": {}})
	denial.attribute == "force_unsigned"
}
