package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/operation"
)

const forceUnlockHelp = `Force-unlock removes the lock on an output, on the folder of a target, or,
without a path, on the store of the configuration in the current folder.

Apply holds a lock on its store, and on each output or target that it writes, so
that no other apply writes the same thing. If a process on this machine is killed,
the next apply recognizes its lock and takes it over. gild can't know whether a
process on another machine is still running. Make sure that the named process has
ended: two processes that write the same output destroy each other's work.

Force-unlock does not remove the lock of a running process on this machine.`

type forceUnlockOptions struct {
	path  string
	force bool
}

func newForceUnlock(a *app) *cobra.Command {
	var o forceUnlockOptions
	cmd := &cobra.Command{
		Use:   "force-unlock [flags] [PATH]",
		Short: "Remove a lock that another machine has left",
		Long:  forceUnlockHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.path = args[0]
			}
			return runForceUnlock(cmd.Context(), o, a)
		},
	}
	cmd.Flags().BoolVar(&o.force, "force", false, "do not ask")
	return cmd
}

func runForceUnlock(ctx context.Context, o forceUnlockOptions, a *app) error {
	place, err := a.lockedPlace(o.path)
	if err != nil {
		return err
	}
	state, err := place.State()
	if err != nil {
		return err
	}
	if !state.There {
		a.screen().Notice(place.Path + " is not locked.")
		return nil
	}
	who := "a process that did not say who it is"
	if state.Holder != nil {
		who = state.Holder.String()
	}
	if state.Alive && (state.Holder == nil || state.Holder.Here()) {
		return operation.Explain("The lock is in use", "%s is held by %s, which is at work on this machine. Wait for it to finish, or end it; then nothing has to be unlocked.", place.Path, who)
	}
	a.screen().Notice(place.Path + " is held by " + who + ".")
	if !o.force {
		if !a.streams.Interactive() {
			return operation.Explain("No terminal to ask on", "force-unlock asks before it takes a lock away, and the standard input is not a terminal. Give -force.")
		}
		if err := a.consent(ctx, "Has this process ended, and shall its lock be taken away?", "Not unlocked"); err != nil {
			return err
		}
	}
	if err := place.Break(); err != nil {
		return err
	}
	a.screen().Notice(place.Path + " is unlocked.")
	return nil
}

// lockedPlace returns what a path is: a store, the folder of a target, or an output,
// which need not exist yet.
func (a *app) lockedPlace(path string) (lock.Place, error) {
	if path == "" {
		store, err := a.Store()
		return lock.Store(store), err
	}
	path = filepath.FromSlash(path)
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return lock.Output(path), nil
	}
	if store := lock.Store(path); there(store.File) {
		return store, nil
	}
	place, err := lock.Folder(path)
	if err != nil {
		return place, err
	}
	if private := lock.Private(place.Path); !there(place.File) && there(private.File) {
		return private, nil
	}
	return place, nil
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
