package journal

import (
	"errors"
	"time"
)

// Seal is what a journal tells of a checkpoint, or of the step it would stand for.
type Seal struct {
	Time    time.Time // when it was sealed; zero if that is not known
	Image   string    // that it was made for
	Step    int       // from 1; 0: nothing is known
	Steps   int
	Address string // of the step
}

// Seals returns what is known of checkpoints, by the IDs of their steps.
func Seals(records []Record) map[string]Seal {
	seals := map[string]Seal{}
	for _, r := range records {
		s := seals[r.ID]
		switch r.Type {
		case StepDone:
			s.Image, s.Step, s.Steps, s.Address = r.Image, r.Step, r.Steps, r.Address
		case CheckpointDone:
			s.Time, s.Image, s.Step, s.Steps = r.Time, r.Image, r.Step, r.Steps
		default:
			continue
		}
		seals[r.ID] = s
	}
	return seals
}

// ReadAll returns the records of the journal at path, after those of the rotated one.
// Records that can't be read are left out and reported.
func ReadAll(path string) ([]Record, error) {
	old, errOld := Read(path + ".old")
	records, err := Read(path)
	return append(old, records...), errors.Join(errOld, err)
}
