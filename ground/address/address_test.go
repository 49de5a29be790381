package address

import (
	"io/fs"
	"strings"
	"testing"
)

const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"drivers/nic":                 "local",
		`C:\drivers\nic`:              "local",
		`\\server\share\kb.msu`:       "local",
		"wim:base.wim:1":              "local",
		"":                            "local",
		"https://host/a%20b/kb.msu":   "https https://host/a%20b/kb.msu ref= sub=. base=kb.msu",
		"HTTPS://host/kb.msu?x=%2F&y": "https https://host/kb.msu?x=%2F&y ref= sub=. base=kb.msu",
		"https://host/kb.msu?checksum=sha256:" + sum:         "https https://host/kb.msu ref= sub=. base=kb.msu sum",
		"https://host/k?b=c&checksum=sha256:" + sum + "&a=d": "https https://host/k?a=d&b=c ref= sub=. base=k sum",
		"http://host/k?checksum=sha256:" + sum:               "https http://host/k ref= sub=. base=k sum",
		"http://127.0.0.1:80/k":                              "https http://127.0.0.1:80/k ref= sub=. base=k",
		"https://host/d.zip//":                               "https https://host/d.zip ref= sub=. base=d.zip unpack",
		"https://host/d.zip//a/b%20c?q":                      "https https://host/d.zip?q ref= sub=a/b c base=d.zip unpack",
		"git::https://host/o/r.git":                          "git https://host/o/r.git ref= sub=. base=r",
		"git::https://host/o/r.git//m/net?ref=v1.0":          "git https://host/o/r.git ref=v1.0 sub=m/net base=r",
		"git::ssh://git@host:22/r?ref=feature/x":             "git ssh://git@host:22/r ref=feature/x sub=. base=r",
		"git::git@host:o/r.git//m?ref=v1":                    "git ssh://git@host/o/r.git ref=v1 sub=m base=r",
		"git::file:///srv/r.git":                             "git file:///srv/r.git ref= sub=. base=r",
		"oci://host:5000/a/b:1.0":                            "oci oci://host:5000/a/b ref=1.0 sub=. base=b",
		"oci://host/a//sub/x":                                "oci oci://host/a ref= sub=sub/x base=a unpack",
		"oci://host/a:1//sub":                                "oci oci://host/a ref=1 sub=sub base=a unpack",
		"oci://host/a@sha256:" + sum:                         "oci oci://host/a ref=sha256:" + sum + " sub=. base=a",
		"s3://bucket/a/kb.msu?versionId=7":                   "s3 s3://bucket/a/kb.msu ref=7 sub=. base=kb.msu",
		"s3::https://host/bucket/kb.msu":                     "s3 https://host/bucket/kb.msu ref= sub=. base=kb.msu",
		"s3::https://host/bucket/d.zip//a":                   "s3 https://host/bucket/d.zip ref= sub=a base=d.zip unpack",
	} {
		a, err := Parse(text)
		got := string(a.Scheme)
		if err == nil && a.Scheme != Local {
			got += " " + a.URL.String() + " ref=" + a.Ref + " sub=" + a.Sub + " base=" + a.Base()
			if a.Unpack {
				got += " unpack"
			}
			if a.SHA256 != "" {
				got += " sum"
			}
		}
		if err != nil || got != want || a.String() != text {
			t.Errorf("%s\ngot  %s, %v\nwant %s", text, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"https://me:hush@host/f":                      "credential",
		"https://hush@host/f":                         "credential",
		"git::https://hush@host/r":                    "credential",
		"git::ssh://git:hush@host/r":                  "credential",
		"s3::https://me:hush@host/b/k":                "credential",
		"oci://me:hush@host/r:1":                      "credential",
		"https://me:hu/sh@host/f":                     "URL",
		"https://host/f?X-Amz-Signature=hush":         "credential",
		"https://host/f?sv=1&sig=hush":                "credential",
		"https://host/f?access_token=hush":            "credential",
		"s3::https://host/b/k?aws_access_key_id=hush": "credential",
		"https://host/f?checksum=md5:abc":             "sha256",
		"https://host/f?checksum=":                    "sha256",
		"https://host/f?checksum=sha256:" + sum + "0": "sha256",
		"git::https://host/r?checksum=sha256:" + sum:  "commit",
		"git::https://host/r?depth=1":                 "depth",
		"git::https://host/r?ref=--upload-pack=x":     "no name",
		"git::https://host/r?ref=a..b":                "no name",
		"git::https://host/r//a/../../b":              "path in a folder",
		"https://host/d.zip//..%2Fx":                  "path in a folder",
		"https://host/d.zip//a%5Cb":                   "path in a folder",
		"https://host/d.zip//C:/x":                    "path in a folder",
		"https://host/a b":                            "URL",
		"https://host/a#b":                            "URL",
		"https://host/\x00":                           "URL",
		"https://host/":                               "no file",
		"https://host":                                "no file",
		"https:///f":                                  "no host",
		"http://host/f":                               "protects nothing",
		"git::http://host/r":                          "protects nothing",
		"git::git://host/r":                           "protects nothing",
		"git::ext::sh -c x":                           "URL",
		"file:///x":                                   "by its path",
		"ssh://host/r":                                "git::ssh",
		"ftp://host/f":                                "gild fetches from",
		"hg::https://host/r":                          "gild fetches from",
		"oci://host/Big:1":                            "no repository",
		"oci://host/":                                 "no repository",
		"oci://host/a:!":                              "no tag",
		"oci://host/a@sha256:12":                      "digest",
		"oci://host/a@md5:12":                         "digest",
		"s3://bucket":                                 "no object",
		"s3::https://host/bucket":                     "no object",
		"s3::https://host/bucket/":                    "no object",
		"https://host/" + strings.Repeat("a", Max):    "longer",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%.100s: %v", text, err)
		}
	}
}

func TestShown(t *testing.T) {
	for text, want := range map[string]string{
		"https://host/f?key=hush&checksum=sha256:" + sum: "https://host/f?…",
		"https://host/f?checksum=sha256:" + sum:          "https://host/f",
		"git::https://host/r//a?ref=v1":                  "git::https://host/r//a?ref=v1",
		"a/b?c":                                          "a/b?c",
	} {
		if a, err := Parse(text); err != nil || a.Shown() != want {
			t.Errorf("%s is shown as %s, %v", text, a.Shown(), err)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range [][3]string{
		{"drivers", "a/b.inf", "drivers/a/b.inf"},
		{"https://host/d.zip//", "a b", "https://host/d.zip//a%20b"},
		{"https://host/d.zip//x?q=1", "a", "https://host/d.zip//x/a?q=1"},
		{"git::https://host/r?ref=v1", "a", "git::https://host/r//a?ref=v1"},
		{"git::git@host:r//x/", "a", "git::git@host:r//x/a"},
		{"oci://host/r:1", "a", "oci://host/r:1//a"},
		{"oci://host/r:1//.", "a", "oci://host/r:1//a"},
	} {
		got := Join(c[0], c[1])
		if got != c[2] {
			t.Errorf("%s and %s: %s", c[0], c[1], got)
		}
		if _, err := Parse(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestNameAndDir(t *testing.T) {
	for text, want := range map[string][2]string{
		`a\b/c.inf`: {"c.inf", "a/b"},
		"https://host/a/kb.msu?checksum=sha256:" + sum: {"kb.msu", ""},
		"https://host/d.zip//net/nic.inf?q":            {"nic.inf", "https://host/d.zip//net?q"},
		"https://host/d.zip//nic.inf?q":                {"nic.inf", "https://host/d.zip//?q"},
		"git::git@host:o/r.git//a/b?ref=v1":            {"b", "git::git@host:o/r.git//a?ref=v1"},
		"git::https://host/o/r.git?ref=v1":             {"r", ""},
		"oci://host/r@sha256:" + sum + "//x.cab":       {"x.cab", "oci://host/r@sha256:" + sum + "//"},
	} {
		if name, dir := Name(text), Dir(text); name != want[0] || dir != want[1] {
			t.Errorf("%s: %q in %q", text, name, dir)
		}
		if dir := Dir(text); Is(dir) && Join(dir, Name(text)) != text {
			t.Errorf("%s: %s", text, Join(dir, Name(text)))
		}
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{"a.msu": "a.msu", "": "_", "..": "_", `a/b\c:d`: "a_b_c_d", "con.txt": "_con.txt", "com1": "_com1", "a. ": "a", "\x01": "_"} {
		if got := FileName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"https://host/d.zip//a?checksum=sha256:" + sum, "git::git@host:o/r//m?ref=v1", "oci://h/a/b:1@sha256:" + sum, "s3::https://h/b/k?versionId=1", "https://u:p@h/x", "a::b", "C:/x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil || a.Scheme == Local {
			return
		}
		if a.String() != text || !fs.ValidPath(a.Sub) || strings.Contains(a.Sub, `\`) {
			t.Errorf("%+v", a)
		}
		if base := a.Base(); base != FileName(base) || strings.ContainsAny(base, `/\:`) || base == ".." || base == "." {
			t.Errorf("its name is %q", base)
		}
		if a.URL.User != nil && a.URL.Scheme != "ssh" {
			t.Errorf("it has a user: %s", a.URL.User)
		}
		again, err := Parse(Join(text, "sub"))
		if err != nil && len(text) < Max-10 || err == nil && again.Package() != a.Package() && !again.Unpack {
			t.Errorf("joined: %v, %q and %q", err, again.Package(), a.Package())
		}
	})
}
