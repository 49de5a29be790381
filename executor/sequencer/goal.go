package sequencer

// goal is something to be reached.
type goal struct {
	kind     goalKind
	from, to int
	tries    int    // of attempt: how often it was made
	last     Event  // of attempt: how it failed
	act      Action // of act
}

type goalKind int

const (
	reach   goalKind = iota // steps up to To are made, one batch after the other
	attempt                 // steps From to To are made at once
	remake                  // steps up to To are made again, as they were
	judge                   // a checkpoint is made if one is due
	seal                    // what is made is sealed
	act                     // something is done
	finish                  // the run ends with what has failed, or the image is published
)

// goals are those of a run. The last one is pursued first.
type goals []goal

func (g *goals) push(more ...goal) { *g = append(*g, more...) }
func (g *goals) drop()             { *g = (*g)[:len(*g)-1] }
func (g goals) top() *goal         { return &g[len(g)-1] }
