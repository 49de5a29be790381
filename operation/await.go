package operation

import "context"

// Await waits until do has returned or an interrupt has come, whichever is first. After an
// interrupt do goes on alone, and what it works on is not to be used any more: it is for
// what can't be told to stop, and writes nothing that others see.
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
