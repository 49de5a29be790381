package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/planner"
)

const lockFile = lock.Name

// gitTime is how long git may take.
const gitTime = time.Minute

// revision tells of which commit the configuration in the current folder is. What git, or a
// machine without it, can't tell is empty: a plan does not need it.
func (w *Workspace) revision(ctx context.Context) (r planner.Revision) {
	if data, err := regular.Read(lockFile, lock.MaxSize); err == nil {
		sum := sha256.Sum256(data)
		r.Lock = hex.EncodeToString(sum[:])
	}
	commit, err := git(ctx, "rev-parse", "--verify", "HEAD")
	if err != nil {
		w.Log.Debug("the configuration is of no commit", "error", err)
		return r
	}
	changed, err := git(ctx, "status", "--porcelain", "--untracked-files=no", "--", ".")
	if err != nil {
		w.Log.Warn("git does not tell whether the configuration is as committed", "error", err)
		return r
	}
	added, err := git(ctx, "ls-files", "--others", "--exclude-standard", "--", "*.gild.hcl", lockFile)
	if err != nil {
		w.Log.Warn("git does not tell whether files of the configuration are committed", "error", err)
		return r
	}
	r.Commit, r.Dirty = commit, changed+added != ""
	return r
}

// git runs git in the current folder, without what the repository's own configuration would
// have it run, and without a lock on the index.
func git(ctx context.Context, args ...string) (string, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return "", err
	}
	if program, err = filepath.Abs(program); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, gitTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, append([]string{"--no-optional-locks", "-c", "core.fsmonitor=false"}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

// current refuses a plan that was made from another revision of the configuration.
func (a *applying) current(ctx context.Context, plan *planner.Plan) error {
	made, now := plan.Revision, a.revision(ctx)
	again := "Check that commit out, or make the plan again with gild plan -out."
	switch {
	case made == planner.Revision{}:
		return nil
	case made.Lock != now.Lock:
		return Explain("The plan is of another lock", "%s was made with %s, and there is %s now. Make the plan again with gild plan -out.",
			a.File, lockText(made.Lock), lockText(now.Lock))
	case made.Commit == "":
		return nil
	case now.Commit == "":
		return Explain("The plan is of a commit", "%s was made from commit %s, and git does not tell of which commit this folder is. %s", a.File, made.Commit, again)
	case made.Commit != now.Commit:
		return Explain("The plan is of another commit", "%s was made from commit %s, and this folder is of commit %s. %s", a.File, made.Commit, now.Commit, again)
	case now.Dirty && !made.Dirty:
		return Explain("The plan is of another commit", "%s was made from commit %s as it is, and files in this folder have been changed since. "+
			"Undo these changes (git status lists them), or make the plan again with gild plan -out.", a.File, made.Commit)
	}
	return nil
}

func lockText(digest string) string {
	if digest == "" {
		return "no " + lockFile
	}
	return "a " + lockFile + " with the SHA-256 " + digest
}
