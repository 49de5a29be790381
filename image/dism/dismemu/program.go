package dismemu

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// holds names the lock that a process holds which a DISM has left.
const holds = "GILD_DISMEMU_HOLDS"

// leftFor is how long that process is there, from when it has the lock.
const leftFor = 7 * time.Second

// Program is the emulated dism.exe as a program of its own: it keeps its state in the folder
// GILD_DISMEMU_STATE, fails as GILD_DISMEMU_FAULT tells it to, and returns its exit code.
// GILD_DISMEMU_LOCALE is the locale of the host.
func Program(ctx context.Context, args []string) int {
	if lock := os.Getenv(holds); lock != "" {
		return hold(lock)
	}
	m, err := FromEnvironment()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	m.Leave = leave
	return int(int32(m.Run(ctx, args, os.Stdout)))
}

// FromEnvironment is the machine that the environment of a program describes.
func FromEnvironment() (*Machine, error) {
	m := &Machine{State: os.Getenv("GILD_DISMEMU_STATE"), Fault: os.Getenv("GILD_DISMEMU_FAULT"), Locale: os.Getenv("GILD_DISMEMU_LOCALE")}
	if m.State == "" {
		return nil, fmt.Errorf("GILD_DISMEMU_STATE names no folder")
	}
	return m, nil
}

// leave starts this program once more, as what DismHost.exe is to DISM.
func leave(lock string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), holds+"="+lock)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Start()
}

// hold waits until the image is free, and is at work on it for a while.
func hold(file string) int {
	lock := flock.New(file)
	if err := lock.Lock(); err != nil {
		fmt.Println(strings.TrimSpace(err.Error()))
		return 1
	}
	time.Sleep(leftFor)
	_ = lock.Close()
	return 0
}
