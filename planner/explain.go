package planner

// Edge is the reason why one step comes before another.
type Edge struct {
	Image  string `json:"image"`
	Before string `json:"before"` // address
	After  string `json:"after"`
	Why    Why    `json:"why"`
	Detail string `json:"detail"` // in words
}

// Why is a reason for an order.
type Why string

const (
	ByPhase     Why = "phase"      // the order of servicing
	ByDependsOn Why = "depends_on" // the author says so
	ByFile      Why = "file_order" // neither matters: as written
)

// Explain returns why the steps of the plan are in the order they are in.
func Explain(p *Plan) []Edge { return nil }
