# METADATA
# title: Images start from approved sources
# description: >-
#   A source is known by the fingerprint of its content, which gild inspect prints: a renamed or
#   exchanged file is another source. Images made of other images start from what these start
#   from. A folder that is changed in place has no fingerprint.
package sources

approved := {
	# Windows 11 Pro 24H2, from the evaluation media
	"0000000000000000000000000000000000000000000000000000000000000000",
}

# METADATA
# title: A source that is not approved
# entrypoint: true
deny contains {"msg": msg, "address": image.name, "attribute": "source"} if {
	some image in input.images
	not image.source.from
	not image.source.fingerprint in approved
	msg := sprintf("The source %s (%s) is not approved.", [image.source.path, image.source.fingerprint])
}

# METADATA
# title: A folder that is changed in place
warn contains {"msg": msg, "address": image.name, "attribute": "target"} if {
	some image in input.images
	image.target
	msg := "The folder is changed in place, so what it holds can't be approved by a fingerprint."
}
