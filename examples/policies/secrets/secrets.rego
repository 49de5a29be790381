# METADATA
# title: No secret in clear
# description: >-
#   What looks like a password or a key is a sensitive value: then gild withholds it, and the
#   plan has null in its place.
package secrets

# METADATA
# title: A registry value that holds a secret
# entrypoint: true
deny contains {"msg": msg, "address": change.address, "attribute": "value"} if {
	some change in input.images[_].resource_changes
	change.kind == "registry"
	change.after.value != null
	is_string(change.after.name)
	regex.match(secret, change.after.name)
	msg := sprintf("The registry value %s holds a secret in clear. Give it as a sensitive variable.", [change.after.name])
}

# METADATA
# title: A text that holds a secret
deny contains {"msg": msg, "address": change.address, "attribute": attribute} if {
	some change in input.images[_].resource_changes
	some attribute in ["content", "script", "run"]
	text := change.after[attribute]
	is_string(text)
	regex.match(assignment, text)
	msg := sprintf("The %s holds a secret in clear. Give it as a sensitive variable.", [attribute])
}

secret := `(?i)(password|passwd|secret|token|api_?key)$`

assignment := `(?i)(password|passwd|secret|token|api_?key)["']?\s*[:=]\s*["']?[^\s"'%$]+`
