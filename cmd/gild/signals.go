package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gildhq/gild/cmd/gild/view"
)

// grace is how long programs that gild runs, such as DISM, have to end after a second
// interrupt.
const grace = 10 * time.Second

// interruptible returns two contexts. The first ends with the first interrupt: work stops
// at the next safe point. The second ends with the second interrupt: gild ends the
// programs it runs, with all processes they started; only the work since the last
// checkpoint is lost. A third interrupt, or a program that takes too long to end, ends
// gild at once.
func interruptible(ctx context.Context, screen *view.Screen) (soon, atOnce context.Context, stop context.CancelFunc) {
	atOnce, end := context.WithCancel(ctx)
	soon, cancel := context.WithCancel(atOnce)
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-soon.Done():
			return
		}
		screen.Notice("Interrupt received: stopping at the next safe point. Interrupt once more to stop at once.")
		cancel()
		<-signals
		end()
		select {
		case <-signals:
		case <-time.After(grace):
		}
		os.Exit(exitInterrupted)
	}()
	return soon, atOnce, func() { signal.Stop(signals); end() }
}
