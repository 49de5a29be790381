package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/operation"
)

const forceUnlockHelp = `Force-unlock takes away the lock on an output, on the folder of a target, or,
without a path, on the store of the configuration in the current folder.

While apply works, it holds a lock on its store, and on each output or target that
it writes: another one that would write the same thing refuses. What a process of
this machine leaves when it is killed is recognised and taken over by the next
apply. What a process of another machine has left can't be judged from here. See to
it that the process which is named does not work any more: two that write one output
destroy each other's work.

The lock of a process that works on this machine is not taken away.`

type forceUnlockOptions struct {
	path  string
	force bool
}

func newForceUnlock(a *app) *cobra.Command {
	var o forceUnlockOptions
	cmd := &cobra.Command{
		Use:   "force-unlock [flags] [PATH]",
		Short: "Take away a lock that another machine has left",
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
