package sources_test

import data.sources

plan(source) := {"images": [{"name": "kiosk", "source": source}]}

test_approved_is_allowed if {
	some fingerprint in sources.approved
	count(sources.deny) == 0 with input as plan({"path": "base.wim", "fingerprint": fingerprint})
}

test_other_is_denied if {
	some denial in sources.deny with input as plan({"path": "base.wim", "fingerprint": "x"})
	denial.msg == "The source base.wim (x) is not approved."
}

test_image_of_image_is_allowed if {
	count(sources.deny) == 0 with input as plan({"path": "out/base.wim", "from": "base", "fingerprint": "x"})
}

test_folder_is_warned_of if {
	count(sources.warn) == 1 with input as {"images": [{"name": "kiosk", "target": "mnt", "source": {"path": "mnt"}}]}
}
