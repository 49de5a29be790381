// Package dsl reads a configuration, the *.gild.hcl and *.gild.json files of one folder
// and of the modules it calls, and evaluates it to a [Config]: images, each with its
// resources.
//
// [Load] is the place to begin. It checks names, references and types, expands loops
// and profiles, and finds out which images are made from others. It knows the schemas
// of the kinds ([Kinds]) but not what their values mean: package planner asks the kinds
// for that. It opens no image.
//
// Everything that is wrong becomes a diagnostic with a range in the source, and no
// diagnostic shows a sensitive value.
package dsl
