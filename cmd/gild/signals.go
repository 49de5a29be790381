package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gildhq/gild/cmd/gild/view"
)

// grace is how long programs that gild runs, as DISM, have to end at a second interrupt.
const grace = 10 * time.Second

// interruptible returns a context that ends with the first interrupt, so that
// the work comes to rest at the next safe point, and one that ends with the second, at
// once: what gild runs is ended then, with all that it has started. Nothing is lost by it
// but the work since the last checkpoint. A third interrupt, or what takes too long to
// end, ends the program on the spot.
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
