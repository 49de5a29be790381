//go:build !windows

package conformance

import "context"

func imagesHere(context.Context) []candidate { return nil }

func driverStoreHere() string { return "" }
