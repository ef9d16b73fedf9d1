package main

import "slices"

// sample holds the values of one metric, in the order of the runs.
type sample []float64

// median returns the middle value, or the mean of the two in the middle. The sample must not be
// empty.
func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// dividedBy returns the ratio to another sample, run by run: runs beside each other had the same
// machine.
func (s sample) dividedBy(other sample) sample {
	ratios := make(sample, min(len(s), len(other)))
	for i := range ratios {
		ratios[i] = s[i] / other[i]
	}
	return ratios
}
