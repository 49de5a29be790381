package sequencer

// goal is something that the run has to reach.
type goal struct {
	kind     goalKind
	from, to int
	tries    int    // of attempt: how many were made
	last     Event  // of attempt: how it failed
	act      Action // of act
}

type goalKind int

const (
	reach   goalKind = iota // carry out the steps up to to, one batch after the other
	attempt                 // carry out the steps from to to in one batch
	remake                  // repeat the steps up to to
	judge                   // make a checkpoint if one is due
	seal                    // seal the steps made
	act                     // ask for one action
	finish                  // end the run with the errors so far, or publish the image
)

// goals is a stack of goals. The last one is pursued first.
type goals []goal

func (g *goals) push(more ...goal) { *g = append(*g, more...) }
func (g *goals) drop()             { *g = (*g)[:len(*g)-1] }
func (g goals) top() *goal         { return &g[len(g)-1] }
