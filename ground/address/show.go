package address

import (
	"net"
	"net/url"
	"path"
	"strings"
)

// String returns the address as its author wrote it.
func (a Address) String() string { return a.text }

// Shown is the address for messages: without parameters, which may mean something to a
// server that gild does not know.
func (a Address) Shown() string {
	if a.Scheme == Local {
		return a.text
	}
	front, query, asked := strings.Cut(a.text, "?")
	if !asked {
		return front
	}
	if a.Ref != "" && a.Scheme == Git {
		return front + "?ref=" + a.Ref
	}
	if a.Scheme == Web && a.URL.RawQuery != "" && query != "" {
		return front + "?…"
	}
	return front
}

// ShownURL is a URL for messages, without user and parameters.
func ShownURL(u *url.URL) string {
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	if u.RawQuery != "" {
		return plain.String() + "?…"
	}
	return plain.String()
}

// Package is what is fetched, without what is meant of it: addresses of one package have
// it fetched once.
func (a Address) Package() string {
	if a.Scheme == Local {
		return a.text
	}
	return string(a.Scheme) + " " + a.URL.String() + " " + a.Ref
}

// Base is the name of the fetched file or folder on this machine.
func (a Address) Base() string {
	if a.Scheme == Local {
		return path.Base(strings.ReplaceAll(a.text, `\`, "/"))
	}
	name := path.Base(a.URL.Path)
	if a.Scheme == Git {
		name = strings.TrimSuffix(name, ".git")
	}
	return FileName(name)
}

// FileName makes a name one that every system can give a file.
func FileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(name, " .")
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch {
	case name == "":
		return "_"
	case len(name) > 200:
		name = strings.ToValidUTF8(name[len(name)-200:], "_")
	case stem == "CON", stem == "PRN", stem == "AUX", stem == "NUL",
		len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9':
		return "_" + name
	}
	return name
}

// Join returns the address of something in the folder that an address or path names.
func Join(folder, name string) string {
	if !Is(folder) {
		return path.Join(strings.ReplaceAll(folder, `\`, "/"), name)
	}
	front, query, asked := strings.Cut(folder, "?")
	front = strings.TrimRight(strings.TrimSuffix(front, "//."), "/")
	between := "//"
	if strings.Contains(front[strings.Index(front, "://")+len("://"):], between) {
		between = "/"
	}
	front += between + (&url.URL{Path: name}).EscapedPath()
	if asked {
		return front + "?" + query
	}
	return front
}

// Name is the name of the file or folder that an address or path names.
func Name(text string) string {
	a, err := Parse(text)
	if err != nil {
		return ""
	}
	if a.Sub != "." && a.Sub != "" {
		return path.Base(a.Sub)
	}
	return a.Base()
}

// Dir is the folder that a file is in which an address or path names; empty if an address
// names a file alone.
func Dir(text string) string {
	if !Is(text) {
		return path.Dir(strings.ReplaceAll(text, `\`, "/"))
	}
	a, err := Parse(text)
	if err != nil || a.Sub == "." {
		return ""
	}
	front, query, asked := strings.Cut(text, "?")
	front = strings.TrimSuffix(front, "/")
	front = front[:strings.LastIndex(front, "/")+1]
	if !strings.HasSuffix(front, "//") {
		front = strings.TrimSuffix(front, "/")
	}
	if asked {
		return front + "?" + query
	}
	return front
}

// Loopback tells whether a URL leads to this machine.
func Loopback(u *url.URL) bool {
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
