package demo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"
)

// shown is the greatest number of rows of a table.
const shown = 8

// search is a question of a security team, and how its answer is told.
type search struct {
	title   string
	filters []mapstr.M
	by      string // field: one bucket for each of its values
	more    mapstr.M
	columns string // tab-separated
	rows    func([]bucket) []string
}

// bucket is what a terms aggregation tells of one value, with the aggregations below it that the searches use.
type bucket struct {
	Key    string
	Count  int `json:"doc_count"`
	Values struct{ Buckets []bucket }
	Items  struct{ Value int }
	First  instant
	Last   instant
}

// instant is the answer of a min or max aggregation on a date.
type instant struct {
	Milliseconds float64 `json:"value"`
}

func (i instant) time() time.Time { return time.UnixMilli(int64(i.Milliseconds)).UTC() }

func (i instant) String() string { return i.time().Format("Jan _2 15:04") }

func is(field, value string) mapstr.M { return mapstr.M{"term": mapstr.M{field: value}} }

func values(field string, more mapstr.M) mapstr.M {
	aggregation := mapstr.M{"terms": mapstr.M{"field": field, "size": 1000}}
	if more != nil {
		aggregation["aggs"] = more
	}
	return aggregation
}

var searches = []search{
	{
		title:   "Failed sign-ins by user",
		filters: []mapstr.M{is("event.dataset", "1password.signin_attempts"), is("event.outcome", "failure")},
		by:      "user.email",
		more:    mapstr.M{"values": values("event.reason", nil), "last": mapstr.M{"max": mapstr.M{"field": "@timestamp"}}},
		columns: "user.email\tfailures\tlast\tevent.reason",
		rows: func(users []bucket) []string {
			var rows []string
			for _, user := range users {
				rows = append(rows, fmt.Sprintf("%s\t%d\t%s\t%s", user.Key, user.Count, user.Last, counts(user.Values.Buckets)))
			}
			return rows
		},
	},
	{
		title:   "Items revealed or exported by user",
		filters: []mapstr.M{is("event.dataset", "1password.item_usages"), {"terms": mapstr.M{"event.action": []string{"reveal", "export"}}}},
		by:      "user.email",
		more:    mapstr.M{"values": values("event.action", nil), "items": mapstr.M{"cardinality": mapstr.M{"field": "onepassword.item_uuid"}}},
		columns: "user.email\tuses\titems\tevent.action",
		rows: func(users []bucket) []string {
			var rows []string
			for _, user := range users {
				rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%s", user.Key, user.Count, user.Items.Value, counts(user.Values.Buckets)))
			}
			return rows
		},
	},
	{
		title:   "Sign-ins from a new country in the last 7 days",
		filters: []mapstr.M{is("event.dataset", "1password.signin_attempts"), is("event.outcome", "success")},
		by:      "user.email",
		more: mapstr.M{"values": values("source.geo.country_iso_code", mapstr.M{
			"first": mapstr.M{"min": mapstr.M{"field": "@timestamp"}},
		})},
		columns: "user.email\tcountry\tfirst\tcountries before",
		rows:    newCountries,
	},
}

// newCountries are the countries from which a user signed in first in the last week, having signed in from another before.
func newCountries(users []bucket) []string {
	week := time.Now().AddDate(0, 0, -7)
	var rows []string
	for _, user := range users {
		countries := user.Values.Buckets
		slices.SortFunc(countries, func(a, b bucket) int { return cmp.Compare(a.First.Milliseconds, b.First.Milliseconds) })
		var before []string
		for _, country := range countries {
			if len(before) > 0 && country.First.time().After(week) {
				rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s", user.Key, country.Key, country.First, strings.Join(before, " ")))
			}
			before = append(before, country.Key)
		}
	}
	return rows
}

// counts are the values of a field, each with its number.
func counts(buckets []bucket) string {
	var texts []string
	for _, b := range buckets {
		texts = append(texts, b.Key+" "+strconv.Itoa(b.Count))
	}
	return strings.Join(texts, ", ")
}

// answer asks Elasticsearch and prints the answer as a table.
func (e elasticsearch) answer(search search, out io.Writer) error {
	users := values(search.by, search.more)
	var found struct {
		Aggregations struct{ Users struct{ Buckets []bucket } }
	}
	body := mapstr.M{"size": 0, "query": mapstr.M{"bool": mapstr.M{"filter": search.filters}}, "aggs": mapstr.M{"users": users}}
	if err := e.get(pattern+"/_search", body, &found); err != nil {
		return fmt.Errorf("%s: %w", search.title, err)
	}
	rows := search.rows(found.Aggregations.Users.Buckets)
	more := ""
	if len(rows) > shown {
		more = fmt.Sprintf("  and %d more\n", len(rows)-shown)
		rows = rows[:shown]
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintf(table, "\n%s\n\n  %s\n  %s\n%s", search.title, search.columns, strings.Join(rows, "\n  "), more)
	if err != nil {
		return err
	}
	return table.Flush()
}
