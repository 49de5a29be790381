package operation

import "context"

// Await waits until do returns or the context ends, whichever is first. After an interrupt, do
// continues in the background, and the caller must not use what it works on any more. It is for
// work that can't be stopped and that writes nothing visible to others.
func Await(ctx context.Context, do func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
