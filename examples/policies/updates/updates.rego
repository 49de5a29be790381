# METADATA
# title: Updates are at most 45 days old
# description: >-
#   gild itself proves the age of the newest update, in the plan and in the finished image: each
#   image has to say max_update_age in a security block.
package updates

max_days := 45

# METADATA
# title: An image whose updates may be old
# entrypoint: true
deny contains {"msg": msg, "address": image.name} if {
	some image in input.images
	not image.name in limited
	msg := sprintf("Its updates may be of any age. Add a security block with max_update_age = \"%dd\", or less.", [max_days])
}

# METADATA
# title: An image whose updates may be too old
deny contains {"msg": msg, "address": change.address, "attribute": "max_update_age"} if {
	some image in input.images
	some change in image.resource_changes
	days := days_of(change)
	days > max_days
	msg := sprintf("Updates may be %d days old, and %d is the limit.", [days, max_days])
}

limited contains image.name if {
	some image in input.images
	some change in image.resource_changes
	days_of(change)
}

days_of(change) := days if {
	change.kind == "security"
	is_string(change.after.max_update_age)
	regex.match(`^[0-9]+d$`, change.after.max_update_age)
	days := to_number(trim_suffix(change.after.max_update_age, "d"))
}
