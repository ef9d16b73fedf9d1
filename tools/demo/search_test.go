package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestNewCountriesAreThoseOfTheLastWeekForUsersWithOtherCountries(t *testing.T) {
	now := time.Now()
	ago := func(days int) instant {
		return instant{Milliseconds: float64(now.AddDate(0, 0, -days).UnixMilli())}
	}
	country := func(code string, days int) bucket { return bucket{Key: code, First: ago(days)} }
	user := func(email string, countries ...bucket) bucket {
		b := bucket{Key: email}
		b.Values.Buckets = countries
		return b
	}
	rows := newCountries([]bucket{
		user("at.home@example.com", country("CA", 20)),
		user("new.here@example.com", country("CA", 2)),
		user("long.gone@example.com", country("PT", 10), country("CA", 20)),
		user("on.the.road@example.com", country("JP", 1), country("CA", 20), country("PT", 3)),
	})
	assert.Equal(t, []string{
		"on.the.road@example.com\tPT\t" + ago(3).String() + "\tCA",
		"on.the.road@example.com\tJP\t" + ago(1).String() + "\tCA PT",
	}, rows)
}
