package ecs

import (
	"strconv"
	"strings"
)

// plainNumber returns a number as int64, uint64 or float64. It returns a string if none of these
// types keeps all digits.
func plainNumber(text string) any {
	if integer, err := strconv.ParseInt(text, 10, 64); err == nil {
		return integer
	}
	if integer, err := strconv.ParseUint(text, 10, 64); err == nil {
		return integer
	}
	if float, err := strconv.ParseFloat(text, 64); err == nil {
		digits, exponent := decimal(text)
		written, writtenExponent := decimal(strconv.FormatFloat(float, 'e', -1, 64))
		if digits == written && exponent == writtenExponent {
			return float
		}
	}
	return text
}

// decimal returns the significant digits of a number, without the sign, and the power of ten to
// multiply them by. Equal numbers have equal results. Large exponents cost no memory.
func decimal(text string) (digits string, exponent int) {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent, _ = strconv.Atoi(power) // "" is 0; a float64 cannot hold what an int cannot hold
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	all := strings.TrimLeft(whole+fraction, "0")
	digits = strings.TrimRight(all, "0")
	if digits == "" {
		return "", 0
	}
	return digits, exponent - len(fraction) + len(all) - len(digits)
}
