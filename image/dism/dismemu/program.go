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

// holds is the variable with the lock for a process that DISM left running.
const holds = "GILD_DISMEMU_HOLDS"

// leftFor is how long that process holds the lock.
const leftFor = 7 * time.Second

// Program runs the emulated dism.exe as a program and returns its exit code. Environment
// variables: GILD_DISMEMU_STATE, the folder for its state; GILD_DISMEMU_FAULT, its faults;
// GILD_DISMEMU_LOCALE, the locale of the host.
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

// FromEnvironment returns the machine that the environment variables describe.
func FromEnvironment() (*Machine, error) {
	m := &Machine{State: os.Getenv("GILD_DISMEMU_STATE"), Fault: os.Getenv("GILD_DISMEMU_FAULT"), Locale: os.Getenv("GILD_DISMEMU_LOCALE")}
	if m.State == "" {
		return nil, fmt.Errorf("GILD_DISMEMU_STATE names no folder")
	}
	return m, nil
}

// leave starts this program again, in the role of DismHost.exe.
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

// hold waits for the lock of an image and holds it for a while.
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
