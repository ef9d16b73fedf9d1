package fakeapi

import "math/rand/v2"

// newUUID draws an identifier as 1Password writes them: 26 characters of base32.
func newUUID(r *rand.Rand) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var text [26]byte
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text[:])
}

// choice is a value that is drawn in proportion to its weight.
type choice[T any] struct {
	weight int
	value  T
}

func pick[T any](r *rand.Rand, choices []choice[T]) T {
	total := 0
	for i := range choices {
		total += choices[i].weight
	}
	n := r.IntN(total)
	for i := range choices {
		if n -= choices[i].weight; n < 0 {
			return choices[i].value
		}
	}
	panic("fakeapi: weights must be positive")
}
