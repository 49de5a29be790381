# METADATA
# title: Drivers are signed
# description: >-
#   No driver package goes into an image that nobody has signed, or that gild is told to take
#   without a signature.
package drivers

# METADATA
# title: A driver that is not signed
# entrypoint: true
deny contains {"msg": msg, "address": change.address, "attribute": "source"} if {
	some change in input.images[_].resource_changes
	change.action in {"create", "update"}
	change.kind == "driver"
	some name, found in change.after.packages
	not signed(found)
	msg := sprintf("The driver package %s is not signed.", [name])
}

# METADATA
# title: A driver that may be unsigned
deny contains {"msg": msg, "address": change.address, "attribute": "force_unsigned"} if {
	some change in input.images[_].resource_changes
	change.kind == "driver"
	change.after.force_unsigned
	msg := "force_unsigned lets unsigned drivers in; remove it."
}

signed(found) if found.signer != null
