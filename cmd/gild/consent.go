package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/gildhq/gild/operation"
)

// consent asks a question to which only "yes" is consent. Otherwise it returns an
// error with the words in refused.
func (a *app) consent(ctx context.Context, question, refused string) error {
	a.screen().Question(question)
	answer, err := newLineReader(a.streams.In).next(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
		return operation.Explain(refused, "The question was not answered.")
	case err != nil:
		return err
	case strings.TrimSpace(answer) != "yes":
		return operation.Explain(refused, "Only \"yes\" is taken as consent. Nothing was changed.")
	}
	return nil
}
