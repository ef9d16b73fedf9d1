package harness

import (
	"maps"
	"slices"
)

// Balance is the account of documents that should have arrived, each once. The zero value says that they have. Its lists are sorted.
type Balance struct {
	Missing    []string // ids that never arrived
	Doubled    []string // ids that arrived more than once
	Resent     []string // ids refused because the receiver had them; once for each time
	Unexpected []string // ids that arrived, but were not expected
}

// NewBalance compares the ids expected with how many times each id arrived. Nothing is resent in it: that only a receiver which refuses repeats can add.
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
