package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gildhq/gild/image"
)

// parseRef parses the name of an image: a folder, or a file, with or without a
// colon and the image's number. The colon of a drive does not count.
func parseRef(arg string) (image.Ref, error) {
	if _, err := os.Stat(arg); err == nil {
		return image.Ref{Path: arg}, nil
	}
	at := strings.LastIndexByte(arg, ':')
	if at < 2 || strings.ContainsAny(arg[at:], `/\`) {
		return image.Ref{Path: arg}, nil
	}
	index, err := strconv.Atoi(arg[at+1:])
	if err != nil || index < 1 {
		return image.Ref{}, fmt.Errorf("%s: the number of an image counts from 1, as in %s:1", arg, arg[:at])
	}
	return image.Ref{Path: arg[:at], Index: index}, nil
}

// refText names an image as a user would write it.
func refText(ref image.Ref) string {
	switch {
	case ref.Index > 0:
		return fmt.Sprintf("%s:%d", ref.Path, ref.Index)
	case ref.Name != "":
		return ref.Path + ":" + ref.Name
	}
	return ref.Path
}
