//go:build !windows

package conformance

func windowsVersion() string { return "" }

func wineVersion() string { return "" }
