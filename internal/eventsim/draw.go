package eventsim

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
	for _, c := range choices {
		total += c.weight
	}
	n := r.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.value
		}
	}
	panic("eventsim: weights must be positive")
}
