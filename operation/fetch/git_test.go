package fetch

import (
	"errors"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/go-version"
)

// repo is a repository made by Git.
type repo struct {
	t   *testing.T
	dir string
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	r := &repo{t: t, dir: filepath.Join(t.TempDir(), "modules.git")}
	if err := os.Mkdir(r.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main")
	r.git("config", "http.receivepack", "false")
	return r
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	c := exec.Command("git", args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits a file and returns the commit.
func (r *repo) commit(name, content string) string {
	r.t.Helper()
	full := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o777), os.WriteFile(full, []byte(content), 0o666)); err != nil {
		r.t.Fatal(err)
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", name)
	return r.git("rev-parse", "HEAD")
}

// backend serves the repository as Git itself does.
func (r *repo) backend() http.Handler {
	return &cgi.Handler{Path: filepath.Join(r.git("--exec-path"), "git-http-backend"), Env: []string{
		"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"}}
}

func TestGit(t *testing.T) {
	r := newRepo(t)
	one := r.commit("net/nic.inf", "one")
	r.git("tag", "v1.0.0")
	r.commit("net/nic.inf", "between")
	two := r.commit("net/nic.inf", "two")
	r.git("tag", "-a", "v1.2.0", "-m", "with a description")
	r.git("branch", "v2")
	r.git("tag", "other")
	three := r.commit("net/nic.inf", "three")
	var asked atomic.Int32
	backend := r.backend()
	s := serve(t, func(w http.ResponseWriter, q *http.Request) {
		if asked.Add(1) == 2 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if user, password, _ := q.BasicAuth(); user != "me" || password != "hush" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, q)
	})
	f := fetcher(t, s)
	at := "git::" + s.URL + "/modules.git"
	_, err := f.Get(t.Context(), Pinned{Address: at + "?ref=v1.0.0"})
	if err == nil || !strings.Contains(err.Error(), "netrc") {
		t.Errorf("without a login: %v", err)
	}
	netrc(t, f, "machine 127.0.0.1 login me password hush")
	f = again(t, f)
	for ref, want := range map[string][2]string{
		"": {three, "three"}, "?ref=main": {three, "three"}, "?ref=v1.0.0": {one, "one"}, "?ref=v1.2.0": {two, "two"}, "?ref=v2": {two, "two"},
		"?ref=" + one: {one, "one"},
	} {
		got := get(t, f, at+"//net/nic.inf"+ref)
		if read(t, got.Path) != want[1] || got.Revision != want[0] {
			t.Errorf("%s: %+v", ref, got)
		}
	}
	all := get(t, f, at+"?ref=v1.0.0")
	if filepath.Base(all.Path) != "modules" || read(t, filepath.Join(all.Path, "net", "nic.inf")) != "one" {
		t.Errorf("%+v", all)
	}
	if _, err := os.Stat(filepath.Join(all.Path, ".git")); err == nil {
		t.Error("the cache has a folder .git")
	}
	for text, want := range map[string]string{">= 1.0, < 1.2": "v1.0.0", "~> 1.0": "v1.2.0", ">= 2": ""} {
		constraint, err := version.NewConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Resolve(t.Context(), at+"//net", constraint)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "v1.2.0, v1.0.0") {
				t.Errorf("%s: %+v, %v", text, p, err)
			}
			continue
		}
		got, err := f.Get(t.Context(), p)
		if err != nil || got.Version != want || filepath.Base(got.Path) != "net" {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for address, want := range map[string]string{at + "?ref=none": "no tag or branch none", at + "//none?ref=v1.0.0": "no file or folder none",
		"git::" + s.URL + "/none.git": "see whether the address is right", at + "?ref=" + strings.Repeat("1", 40): "not in the repository any more"} {
		if _, err := f.Get(t.Context(), Pinned{Address: address}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// again is the fetcher as another run has it.
func again(t *testing.T, f *Fetcher) *Fetcher {
	t.Helper()
	return &Fetcher{Cache: f.Cache, Dir: f.Dir, Getenv: f.Getenv, Transport: f.Transport, wait: f.wait}
}

// TestMovedTag: what is locked is not changed by a tag that moves, and can be missed.
func TestMovedTag(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "one")
	r.git("tag", "v1")
	f := fetcher(t)
	at := "git::file://" + filepath.ToSlash(r.dir) + "?ref=v1"
	locked := get(t, f, at).Pinned
	r.commit("a", "two")
	r.git("tag", "-f", "v1")
	if got, err := fetcher(t).Get(t.Context(), locked); err != nil || read(t, filepath.Join(got.Path, "a")) != "one" {
		t.Errorf("%+v, %v", got, err)
	}
	r.git("checkout", "-q", "--orphan", "new")
	now := r.commit("a", "three")
	r.git("tag", "-f", "v1")
	r.git("branch", "-D", "main")
	r.git("reflog", "expire", "--expire=now", "--all")
	r.git("gc", "-q", "--prune=now")
	if _, err := fetcher(t).Get(t.Context(), locked); err == nil || !strings.Contains(err.Error(), locked.Revision) || !strings.Contains(err.Error(), now) {
		t.Error(err)
	}
	if got, err := f.Get(t.Context(), locked); err != nil || read(t, filepath.Join(got.Path, "a")) != "one" {
		t.Errorf("from the cache: %+v, %v", got, err)
	}
	resolved, err := f.Resolve(t.Context(), at, nil)
	if err != nil || resolved.Revision != now {
		t.Errorf("%+v, %v", resolved, err)
	}
}

// link makes a symbolic link.
func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func TestHostileRepository(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, r *repo)
		want   string
	}{
		"a link that leads out": {func(t *testing.T, r *repo) { link(t, "../../x", filepath.Join(r.dir, "l")) }, "leads out"},
		"a link by way of a link": {func(t *testing.T, r *repo) {
			if err := os.MkdirAll(filepath.Join(r.dir, "p", "q"), 0o777); err != nil {
				t.Fatal(err)
			}
			link(t, "../..", filepath.Join(r.dir, "p", "q", "d"))
			link(t, "d/../x", filepath.Join(r.dir, "p", "q", "e"))
		}, "leads out"},
		"Git LFS":    {func(_ *testing.T, r *repo) { r.commit("big.msu", lfs+"oid sha256:12\nsize 3\n") }, "Git LFS"},
		"a bad name": {func(_ *testing.T, r *repo) { r.commit("a:b", "x") }, "not every system"},
		"a submodule": {func(_ *testing.T, r *repo) {
			r.git("update-index", "--add", "--cacheinfo", "160000,"+r.git("rev-parse", "HEAD")+",sub")
		}, "submodule"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t)
			r.commit("a", "one")
			c.change(t, r)
			if name != "a submodule" {
				r.git("add", "-A")
			}
			r.git("commit", "-q", "--allow-empty", "-m", "x")
			if _, err := fetcher(t).Get(t.Context(), Pinned{Address: "git::file://" + filepath.ToSlash(r.dir)}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
		})
	}
	r := newRepo(t)
	r.commit("a/b", "one")
	link(t, "a/b", filepath.Join(r.dir, "l"))
	r.commit("c", "x")
	if got := get(t, fetcher(t), "git::file://"+filepath.ToSlash(r.dir)+"//l"); read(t, got.Path) != "one" {
		t.Errorf("%+v", got)
	}
}

// TestGitElsewhere: a repository that is redirected to another host does not take the
// login there.
func TestGitElsewhere(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "one")
	backend := r.backend()
	var leaked atomic.Bool
	second := serve(t, func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Authorization") != "" {
			leaked.Store(true)
		}
		backend.ServeHTTP(w, q)
	})
	s := serve(t, func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, strings.Replace(second.URL, "127.0.0.1", "example.com", 1)+q.URL.RequestURI(), http.StatusMovedPermanently)
	})
	f := fetcher(t)
	f.Transport = elsewhere{"example.com", second, s}
	netrc(t, f, "machine 127.0.0.1 login me password hush")
	got, err := f.Get(t.Context(), Pinned{Address: "git::" + s.URL + "/modules.git"})
	if leaked.Load() {
		t.Error("another host got the login")
	}
	if err == nil && read(t, filepath.Join(got.Path, "a")) != "one" {
		t.Errorf("%+v", got)
	}
	if err != nil && strings.Contains(err.Error(), "hush") {
		t.Error(err)
	}
}

// TestSSHSetUp says what to do where there is no agent.
func TestSSHSetUp(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	_, err := fetcher(t).Get(t.Context(), Pinned{Address: "git::ssh://git@127.0.0.1:9/x.git"})
	if err == nil || !strings.Contains(err.Error(), "ssh-add") || !strings.Contains(err.Error(), "known_hosts") {
		t.Error(err)
	}
}
