package harness

import (
	"maps"
	"slices"
)

// Balance lists the documents that did not arrive exactly once. The zero value means that all did.
// The lists are sorted.
type Balance struct {
	Missing    []string // ids that never arrived
	Doubled    []string // ids that arrived more than once
	Resent     []string // ids refused as duplicates, once for each time
	Unexpected []string // ids that arrived but were not expected
}

// NewBalance compares the expected ids with the number of times each id arrived. Resent stays
// empty: only a Recorder refuses duplicates.
func NewBalance(expected []string, times map[string]int) Balance {
	var balance Balance
	unexpected := maps.Clone(times)
	for _, id := range expected {
		switch times[id] {
		case 0:
			balance.Missing = append(balance.Missing, id)
		case 1:
		default:
			balance.Doubled = append(balance.Doubled, id)
		}
		delete(unexpected, id)
	}
	balance.Unexpected = slices.AppendSeq(balance.Unexpected, maps.Keys(unexpected))
	for _, list := range [][]string{balance.Missing, balance.Doubled, balance.Unexpected} {
		slices.Sort(list)
	}
	return balance
}
