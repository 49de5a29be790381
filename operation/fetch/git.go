package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/client"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/work"
)

// repository is a Git repository; its revisions are commits.
type repository struct {
	f *Fetcher
	a address.Address
}

// fetcherKey is where a context has the fetcher whose request it is: go-git has one client
// of web servers for all.
type fetcherKey struct{}

var useOwnClient = sync.OnceFunc(func() {
	c := githttp.NewClient(&http.Client{Transport: signed{}, CheckRedirect: redirected})
	client.InstallProtocol("https", c)
	client.InstallProtocol("http", c)
})

// signed is the transport of go-git: with the user's login for each host.
type signed struct{}

func (signed) RoundTrip(r *http.Request) (*http.Response, error) {
	f, ok := r.Context().Value(fetcherKey{}).(*Fetcher)
	if !ok {
		return nil, errors.New("a request that is not gild's")
	}
	r = r.Clone(r.Context())
	if err := f.sign(r); err != nil {
		return nil, err
	}
	return polite{f}.RoundTrip(r)
}

// remote returns the repository on its server.
func (g *repository) remote(ctx context.Context) (context.Context, *git.Remote) {
	useOwnClient()
	return context.WithValue(ctx, fetcherKey{}, g.f), git.NewRemote(nil, &config.RemoteConfig{Name: "origin", URLs: []string{g.a.URL.String()}})
}

// refs lists branches and tags. A tag with a description stands for its commit.
func (g *repository) refs(ctx context.Context) (refs map[string]plumbing.Hash, err error) {
	err = g.f.retry(ctx, g.a.Shown(), func() (int64, error) {
		ctx, remote := g.remote(ctx)
		list, err := remote.ListContext(ctx, &git.ListOptions{PeelingOption: git.AppendPeeled})
		if err != nil {
			return 0, g.explain(err)
		}
		refs = map[string]plumbing.Hash{}
		named := map[string]string{}
		for _, r := range list {
			switch name, peeled := strings.CutSuffix(r.Name().String(), "^{}"); {
			case r.Type() == plumbing.SymbolicReference:
				named[name] = r.Target().String()
			case peeled || refs[name].IsZero():
				refs[name] = r.Hash()
			}
		}
		for name, of := range named {
			refs[name] = refs[of]
		}
		return 0, nil
	})
	return refs, err
}

func (g *repository) explain(err error) error {
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed), errors.Is(err, transport.ErrInvalidAuthMethod):
		return fmt.Errorf("%w; logins for https:// come from netrc, those for ssh:// from the agent that SSH_AUTH_SOCK names", err)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return fmt.Errorf("%w; see whether the address is right, and whether netrc has a login for its host", err)
	case g.a.URL.Scheme == "ssh" && sshSetUp.MatchString(err.Error()):
		return fmt.Errorf("%w; start an SSH agent, give it a key that the server accepts (ssh-add), and have the server's key in ~/.ssh/known_hosts (ssh-keyscan)", err)
	}
	return classify(err)
}

// sshSetUp finds errors of go-git, which have no types, that the user's set-up of SSH causes.
var sshSetUp = regexp.MustCompile(`SSH_AUTH_SOCK|known_?hosts|unable to authenticate`)

func (g *repository) revision(ctx context.Context) (string, error) {
	if plumbing.IsHash(g.a.Ref) {
		return strings.ToLower(g.a.Ref), nil
	}
	refs, err := g.refs(ctx)
	if err != nil {
		return "", err
	}
	for _, name := range g.names() {
		if h := refs[name]; !h.IsZero() {
			return h.String(), nil
		}
	}
	if g.a.Ref == "" {
		return "", errors.New("the repository has no branch that is its own; name one with ?ref=")
	}
	return "", fmt.Errorf("the repository has no tag or branch %s", g.a.Ref)
}

// names are what the ref of the address may be; a tag goes before a branch.
func (g *repository) names() []string {
	if g.a.Ref == "" {
		return []string{"HEAD"}
	}
	return []string{"refs/tags/" + g.a.Ref, "refs/heads/" + g.a.Ref, g.a.Ref}
}

// versions are the names of tags.
func (g *repository) versions(ctx context.Context) ([]string, error) {
	refs, err := g.refs(ctx)
	var tags []string
	for name := range refs {
		if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok {
			tags = append(tags, tag)
		}
	}
	return tags, err
}

func (g *repository) fetch(ctx context.Context, revision, dir, keep string) (string, error) {
	var commit *object.Commit
	err := g.f.retry(ctx, g.a.Shown(), func() (done int64, err error) {
		commit, err = g.clone(ctx, plumbing.NewHash(revision), filepath.Join(keep, "git"))
		return 0, err
	})
	if err != nil {
		return "", err
	}
	name := g.a.Base()
	if err := os.Mkdir(filepath.Join(dir, name), 0o777); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	defer root.Close()
	tree, err := commit.Tree()
	if err != nil {
		return "", err
	}
	c := &checkout{ctx: ctx, root: root, left: g.f.Cache.Limit()}
	if err := c.tree(tree, "."); err != nil {
		return "", err
	}
	return name, os.RemoveAll(filepath.Join(keep, "git"))
}

// clone brings a commit into a repository in a folder, without what was before it if the
// server can do that.
func (g *repository) clone(ctx context.Context, want plumbing.Hash, dir string) (*object.Commit, error) {
	refs, err := g.refs(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	repo, err := git.PlainInit(dir, true)
	if err != nil {
		return nil, err
	}
	ctx, remote := g.remote(ctx)
	remote = git.NewRemote(repo.Storer, remote.Config())
	shallow := &git.FetchOptions{Depth: 1, Tags: git.NoTags, RefSpecs: []config.RefSpec{config.RefSpec("+" + g.find(refs, want) + ":refs/gild/wanted")}}
	all := &git.FetchOptions{Tags: git.NoTags, RefSpecs: []config.RefSpec{"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}}
	err = remote.FetchContext(ctx, shallow)
	if err == nil {
		if commit, err := repo.CommitObject(want); err == nil {
			return commit, nil
		}
	}
	if err = g.explain(err); errors.As(err, new(*passing)) || context.Cause(ctx) != nil {
		return nil, err
	}
	if err := remote.FetchContext(ctx, all); err != nil { // the server does not give single commits
		return nil, g.explain(err)
	}
	commit, err := repo.CommitObject(want)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		now := "no commit"
		for _, name := range g.names() {
			if h := refs[name]; !h.IsZero() {
				now = "commit " + h.String()
				break
			}
		}
		return nil, fmt.Errorf("commit %s is not in the repository any more; %s is now %s: if that is right, update the lock", want, cmp.Or(g.a.Ref, "its own branch"), now)
	}
	return commit, err
}

// find returns the name that a commit has on the server, or its hash.
func (g *repository) find(refs map[string]plumbing.Hash, want plumbing.Hash) string {
	for _, name := range g.names() {
		if refs[name] == want && strings.HasPrefix(name, "refs/") {
			return name
		}
	}
	return want.String()
}

// checkout puts the files of a commit into a folder.
type checkout struct {
	ctx   context.Context
	root  *os.Root
	left  int64 // bytes that may still come
	files int
}

func (c *checkout) tree(t *object.Tree, dir string) error {
	for _, e := range t.Entries {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if c.files++; c.files > cache.MaxFiles {
			return fmt.Errorf("the repository has more than %d files", cache.MaxFiles)
		}
		name := path.Join(dir, e.Name)
		if strings.EqualFold(e.Name, ".git") || address.FileName(e.Name) != e.Name {
			return fmt.Errorf("the repository has %q, which not every system can name like that", name)
		}
		if err := c.entry(t, e, name); err != nil {
			return err
		}
	}
	return nil
}

func (c *checkout) entry(t *object.Tree, e object.TreeEntry, name string) error {
	switch e.Mode {
	case filemode.Dir:
		below, err := t.Tree(e.Name)
		if err == nil {
			err = c.root.Mkdir(name, 0o777)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return c.tree(below, name)
	case filemode.Submodule:
		return fmt.Errorf("%s is another repository (a submodule), which gild does not fetch; give it an address of its own", name)
	}
	f, err := t.TreeEntryFile(&e)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if e.Mode == filemode.Symlink {
		to, err := f.Contents()
		if err != nil || len(to) > 4096 {
			return fmt.Errorf("%s is no link: %w", name, err)
		}
		return c.root.Symlink(to, name) // the cache refuses one that leads out
	}
	return c.file(f, name)
}

// lfs is what a file begins with whose content Git LFS has.
const lfs = "version https://git-lfs.github.com/spec/v1\n"

func (c *checkout) file(f *object.File, name string) error {
	if c.left -= f.Size; c.left < 0 {
		return errors.New("the repository has more bytes than the cache has room for; allow it more with GILD_CACHE_SIZE")
	}
	in, err := f.Reader()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	out, err := c.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = work.Copy(c.ctx, out, in)
	if err == nil && f.Size < 1024 {
		begin := make([]byte, len(lfs))
		if n, _ := out.ReadAt(begin, 0); string(begin[:n]) == lfs {
			err = fmt.Errorf("%s is only a pointer: its content is in Git LFS, which gild does not fetch from; put it on a web server", name)
		}
	}
	return errors.Join(err, out.Close())
}
