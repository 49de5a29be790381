// Package address parses the addresses of payloads and modules: where something is that
// gild fetches. It fetches nothing itself.
//
//	drivers/nic                                       a path of this machine
//	https://host/kb.msu?checksum=sha256:0123…         a file of a web server
//	https://host/drivers.zip//nic                     a folder in an archive there
//	git::https://host/repository.git//folder?ref=v1   a folder or file in a Git repository
//	oci://host/repository:tag                         an artefact of an OCI registry, or @sha256:…
//	s3://bucket/key                                   an object of the S3 server that the environment names
//	s3::https://host/bucket/key                       one of another server
//
// No address holds a credential, so an address may be shown, saved and compared.
package address

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Scheme says what is spoken with who has the content.
type Scheme string

// The schemes.
const (
	Local Scheme = "local" // a path; nothing is fetched
	Web   Scheme = "https"
	Git   Scheme = "git"
	OCI   Scheme = "oci"
	S3    Scheme = "s3"
)

// Address is an address that was understood.
type Address struct {
	Scheme Scheme
	// URL is what is asked for, without the parameters that are gild's. That of an object
	// of S3 without a host belongs to the server that the environment names.
	URL *url.URL
	// Ref is a branch, tag or commit of a Git repository, a tag or digest of an OCI
	// artefact, or the version of an object of S3. Empty: the address leaves it open.
	Ref string
	// Sub is what is meant of the repository, artefact or archive: a path with slashes.
	// "." is all of it.
	Sub string
	// Unpack: what is fetched is an archive, and Sub is in it. An artefact may be an archive.
	Unpack bool
	// SHA256 is the digest that the fetched file must have; empty: the address leaves it open.
	SHA256 string

	text string
}

// Max is the length of the longest address, in bytes.
const Max = 4096

var (
	looks  = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]+://|[a-z][a-z0-9]+::)`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	scp    = regexp.MustCompile(`^([\w.-]+@)?([\w.-]+):([^/:][^:]*)$`)
)

// Is tells whether a text is an address of something that is fetched, or one that is
// not written correctly. Anything else is a path.
func Is(text string) bool { return looks.MatchString(text) }

// ErrSecret: the address holds a credential, or may hold one. The place where it was found
// is not to be quoted.
var ErrSecret = errors.New("credentials come from the usual places " +
	"(netrc, Docker's configuration, the environment of AWS, Git's and SSH's own)")

// Parse takes an address apart. Its errors do not repeat the address, which may hold a
// password.
func Parse(text string) (Address, error) {
	a, err := parse(text)
	if err != nil && !errors.Is(err, ErrSecret) && strings.Contains(text, "@") {
		err = fmt.Errorf("%w; should there be a password in it: %w", err, ErrSecret)
	}
	return a, err
}

func parse(text string) (Address, error) {
	if !Is(text) {
		return Address{Scheme: Local, text: text}, nil
	}
	if len(text) > Max {
		return Address{}, fmt.Errorf("it is longer than %d bytes", Max)
	}
	a := Address{text: text, Sub: "."}
	getter, rest, forced := strings.Cut(text, "::")
	if !forced || !regexp.MustCompile(`^\w+$`).MatchString(getter) {
		getter, rest = "", text
	}
	getter = strings.ToLower(getter)
	if getter == "git" {
		rest = fromSCP(rest)
	}
	u, err := url.Parse(rest)
	if err != nil || u.Opaque != "" || u.Fragment != "" || strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return Address{}, fmt.Errorf("it is not written as a URL; spaces and other special characters are written as %%20, and there is nothing after a #")
	}
	a.URL = u
	if a.Scheme, err = scheme(getter, u.Scheme); err != nil {
		return Address{}, err
	}
	for _, step := range []func() error{a.checkSecrets, a.takeSub, a.takeParameters, a.check} {
		if err := step(); err != nil {
			return Address{}, err
		}
	}
	return a, nil
}

// fromSCP turns user@host:path, which Git takes, into a URL.
func fromSCP(rest string) string {
	front, query, asked := strings.Cut(rest, "?")
	m := scp.FindStringSubmatch(front)
	if m == nil {
		return rest
	}
	if rest = "ssh://" + m[1] + m[2] + "/" + m[3]; asked {
		rest += "?" + query
	}
	return rest
}

func scheme(getter, of string) (Scheme, error) {
	switch getter + "::" + of {
	case "::https", "::http":
		return Web, nil
	case "git::https", "git::http", "git::ssh", "git::file":
		return Git, nil
	case "::oci":
		return OCI, nil
	case "::s3", "s3::https", "s3::http":
		return S3, nil
	case "::file":
		return "", fmt.Errorf("a file of this machine is named by its path, without file://")
	case "git::git":
		return "", fmt.Errorf("git:// protects nothing on its way; use git::https:// or git::ssh://")
	case "::ssh", "::git":
		return "", fmt.Errorf("a Git repository is written as git::ssh://HOST/PATH or git::https://HOST/PATH")
	}
	return "", fmt.Errorf("gild fetches from https://, git::https://, git::ssh://, oci://, s3:// and s3::https://")
}

// secretParameters are parameters with which an address would hold a credential.
var secretParameters = regexp.MustCompile(`(?i)^(sig|signature|(access|private|auth)?_?token|password|passwd|secret|api_?key|sshkey|` +
	`x-amz-(signature|security-token|credential)|x-goog-(signature|credential)|aws_?access_?key_?(id|secret)|awsaccesskeyid|aws_access_token)$`)

func (a *Address) checkSecrets() error {
	if user := a.URL.User; user != nil {
		_, password := user.Password()
		if password || a.URL.Scheme != "ssh" {
			return fmt.Errorf("it holds a user or a password; %w, so take out what is before the @", ErrSecret)
		}
	}
	for name := range a.URL.Query() {
		if secretParameters.MatchString(name) {
			return fmt.Errorf("its parameter %q is a credential; %w, so take it out", name, ErrSecret)
		}
	}
	return nil
}

// takeSub takes what is behind a double slash in the path.
func (a *Address) takeSub() error {
	front, sub, found := strings.Cut(a.URL.EscapedPath(), "//")
	if a.Scheme == Git {
		front = strings.TrimSuffix(front, "/")
	}
	if !found {
		return a.setPath(front)
	}
	a.Unpack = a.Scheme != Git
	if decoded, err := url.PathUnescape(sub); err == nil {
		sub = decoded
	}
	if sub = strings.TrimSuffix(sub, "/"); sub == "" {
		sub = "."
	}
	if !fs.ValidPath(sub) || strings.ContainsFunc(sub, func(r rune) bool { return r < ' ' || r == '\\' || r == ':' }) {
		return fmt.Errorf("what is behind the // is not a path in a folder: it has no .., no \\ and no empty part")
	}
	a.Sub = sub
	return a.setPath(front)
}

func (a *Address) setPath(escaped string) error {
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		return fmt.Errorf("its path is not written as that of a URL")
	}
	a.URL.Path, a.URL.RawPath = decoded, escaped
	return nil
}

// takeParameters takes those that are gild's: no server gets them.
func (a *Address) takeParameters() error {
	query, err := url.ParseQuery(a.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("what is behind the ? is not written as in a URL")
	}
	take := func(name string) string {
		value := query.Get(name)
		query.Del(name)
		return value
	}
	if sum := take("checksum"); sum != "" || strings.Contains(a.text, "checksum=") {
		algorithm, value, _ := strings.Cut(sum, ":")
		if value = strings.ToLower(value); algorithm != "sha256" || !digest.MatchString(value) {
			return fmt.Errorf("its checksum is not written as sha256: and 64 hexadecimal digits")
		}
		if a.Scheme == Git {
			return fmt.Errorf("a Git repository has no checksum; ref is the name of a commit instead")
		}
		a.SHA256 = value
	}
	switch a.Scheme {
	case Git:
		a.Ref = take("ref")
	case S3:
		a.Ref = take("versionId")
	case Web:
		if a.SHA256 != "" { // else it stays as its author wrote it
			a.URL.RawQuery = query.Encode()
		}
		return nil
	}
	for name := range query {
		return fmt.Errorf("it has a parameter %q, which an address of this sort does not have", name)
	}
	a.URL.RawQuery, a.URL.ForceQuery = "", false
	return nil
}

// check refuses what names nothing, or what no one could trust.
func (a *Address) check() error {
	u := a.URL
	if u.Host == "" && u.Scheme != "file" || u.Port() == "" && strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("it names no host")
	}
	if !validRef(a.Ref) {
		return fmt.Errorf("%q is no name of a branch, tag, commit or version", a.Ref)
	}
	last := path.Base(u.Path)
	switch a.Scheme {
	case OCI:
		return a.takeReference()
	case S3:
		front, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if bucketInHost := u.Scheme == "s3"; last == "/" || last == "." || strings.HasSuffix(u.Path, "/") || !bucketInHost && "/"+front == strings.TrimSuffix(u.Path, "/") {
			return fmt.Errorf("it names no object: an address is s3://BUCKET/KEY or s3::https://HOST/BUCKET/KEY")
		}
	case Web:
		if strings.HasSuffix(u.Path, "/") || last == "." {
			return fmt.Errorf("it names no file")
		}
	}
	if u.Scheme == "http" && !Loopback(u) && a.SHA256 == "" {
		return fmt.Errorf("http:// protects nothing on its way; use https://, or say with ?checksum=sha256:… what it must be")
	}
	return nil
}

// validRef refuses what Git could take for an option or a range.
func validRef(ref string) bool {
	return !strings.HasPrefix(ref, "-") && !strings.Contains(ref, "..") && !strings.ContainsFunc(ref, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`\~^:?*[`, r)
	})
}

var (
	repository = regexp.MustCompile(`^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$`)
	tag        = regexp.MustCompile(`^[\w][\w.-]{0,127}$`)
)

// takeReference takes the tag or digest off the path, as Docker writes them.
func (a *Address) takeReference() error {
	name := strings.TrimPrefix(a.URL.Path, "/")
	name, sum, byDigest := strings.Cut(name, "@")
	name, named, byTag := strings.Cut(name, ":")
	switch {
	case !repository.MatchString(name):
		return fmt.Errorf("it names no repository: an address is oci://HOST/REPOSITORY:TAG or oci://HOST/REPOSITORY@sha256:…, in small letters")
	case byTag && !tag.MatchString(named):
		return fmt.Errorf("%q is no tag", named)
	case byDigest && (!strings.HasPrefix(sum, "sha256:") || !digest.MatchString(strings.TrimPrefix(sum, "sha256:"))):
		return fmt.Errorf("the digest behind the @ is not written as sha256: and 64 hexadecimal digits")
	case byDigest:
		a.Ref = sum
	case byTag:
		a.Ref = named
	}
	return a.setPath("/" + name)
}
