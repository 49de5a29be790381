// Package dsl reads a configuration, the *.gild.hcl and *.gild.json files of one folder
// and of the modules it calls, and evaluates it to a [Config]: images, each with its
// resources.
//
// Begin with [Load]. It checks names, references and types, expands loops, modules and
// profiles, and determines which images depend on other images. It knows the schemas of the
// kinds ([Kinds]), but not the meaning of their values: package planner asks the kinds. It
// opens no image.
//
// Every mistake becomes a diagnostic with a range in the source. No diagnostic shows a
// sensitive value.
package dsl
