package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/gildhq/gild/cmd/gild/view"
)

// interruptible returns a context that ends with the first interrupt, so that
// the work comes to rest at the next safe point. A second one ends the program
// on the spot: nothing is lost by it but the work since the last checkpoint.
func interruptible(ctx context.Context, screen *view.Screen) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		screen.Notice("Interrupt received: stopping at the next safe point. Interrupt once more to stop at once.")
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}
