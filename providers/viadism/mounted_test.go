package viadism_test

import "github.com/gildhq/gild/internal/asmounted"

func init() { asmounted.Show() }
