package fetch

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
)

// login is a user and password for a host.
type login struct{ host, user, password string }

// anyHost is the host of the entry default.
const anyHost = ""

// parseNetrc reads a netrc as curl does, which ftp(1) describes: words, of which those in
// quotes may have spaces, lines that begin with # left out, and macros, which end with an
// empty line.
func parseNetrc(text string) []login {
	var list []login
	var macro bool
	var before string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			macro = false
		}
		if macro || strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range words(line) {
			switch {
			case before == "machine":
				list, before = append(list, login{host: strings.ToLower(word)}), ""
			case before == "login" && len(list) > 0:
				list[len(list)-1].user, before = word, ""
			case before == "password" && len(list) > 0:
				list[len(list)-1].password, before = word, ""
			case before == "account":
				before = ""
			case word == "default":
				list = append(list, login{host: anyHost})
			case word == "macdef":
				macro = true
			default:
				before = word
			}
		}
	}
	return list
}

// words are those of a line; a backslash in quotes keeps what is behind it.
func words(line string) []string {
	var list []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			end := strings.IndexAny(line+" ", " \t")
			list, line = append(list, line[:end]), line[end:]
			continue
		}
		var word strings.Builder
		i := 1
		for ; i < len(line) && line[i] != '"'; i++ {
			if line[i] == '\\' && i+1 < len(line) {
				i++
			}
			word.WriteByte(line[i])
		}
		list, line = append(list, word.String()), line[min(i+1, len(line)):]
	}
	return list
}

// maxNetrc is the size up to which a netrc is read.
const maxNetrc = 1 << 20

// readNetrc reads the user's netrc; one that is not there has no logins.
func (f *Fetcher) readNetrc() ([]login, error) {
	name := f.getenv("NETRC")
	if name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, nil // who has no home has no file there
		}
		name = filepath.Join(home, ".netrc")
		if _, err := os.Stat(name); runtime.GOOS == "windows" && errors.Is(err, fs.ErrNotExist) {
			name = filepath.Join(home, "_netrc")
		}
	}
	data, err := regular.Read(name, maxNetrc)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("netrc: %w", err)
	}
	return parseNetrc(string(data)), nil
}

func (f *Fetcher) getenv(name string) string {
	if f.Getenv == nil {
		return ""
	}
	return f.Getenv(name)
}

// sign gives a request the user's login for its host, and takes away that for any other.
// What is not encrypted gets none, except on this machine.
func (f *Fetcher) sign(r *http.Request) error {
	r.Header.Del("Authorization")
	if !private(r.URL) {
		return nil
	}
	l, err := f.login(r.URL.Hostname())
	if l != nil {
		r.SetBasicAuth(l.user, l.password)
	}
	return err
}

// login returns the user's login for a host; nil if there is none.
func (f *Fetcher) login(host string) (*login, error) {
	f.once.Do(func() { f.logins, f.noLogins = f.readNetrc() })
	for i, l := range f.logins {
		if (l.host == strings.ToLower(host) || l.host == anyHost) && l.password != "" {
			return &f.logins[i], nil
		}
	}
	return nil, f.noLogins
}

// private tells whether no one on the way can read what is sent to a URL.
func private(u *url.URL) bool { return u.Scheme == "https" || address.Loopback(u) }
