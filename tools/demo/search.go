package demo

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// shown is the maximum number of rows of a table.
const shown = 8

// search is a question of a security team and the table with its answer.
type search struct {
	title   string
	filters []mapstr.M
	by      string   // field; each of its values has a bucket
	more    mapstr.M // aggregations of each bucket
	columns string   // tab-separated
	rows    func([]bucket) []string
}

// bucket is one value of a terms aggregation, with the aggregations that the searches use.
type bucket struct {
	Key    string
	Count  int `json:"doc_count"`
	Values struct{ Buckets []bucket }
	Items  struct{ Value int }
	First  instant
	Last   instant
}

// instant is the result of a min or max aggregation on a date.
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
		more: mapstr.M{
			"values": values("event.reason", nil),
			"last":   mapstr.M{"max": mapstr.M{"field": "@timestamp"}},
		},
		columns: "user.email\tfailures\tlast\tevent.reason",
		rows: func(users []bucket) []string {
			var rows []string
			for _, user := range users {
				reasons := counts(user.Values.Buckets)
				rows = append(rows, fmt.Sprintf("%s\t%d\t%s\t%s", user.Key, user.Count, user.Last, reasons))
			}
			return rows
		},
	},
	{
		title: "Items revealed or exported by user",
		filters: []mapstr.M{
			is("event.dataset", "1password.item_usages"),
			{"terms": mapstr.M{"event.action": []string{"reveal", "export"}}},
		},
		by: "user.email",
		more: mapstr.M{
			"values": values("event.action", nil),
			"items":  mapstr.M{"cardinality": mapstr.M{"field": "onepassword.item_uuid"}},
		},
		columns: "user.email\tuses\titems\tevent.action",
		rows: func(users []bucket) []string {
			var rows []string
			for _, user := range users {
				actions := counts(user.Values.Buckets)
				rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%s", user.Key, user.Count, user.Items.Value, actions))
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

// newCountries returns a row for each country from which a user signed in for the first time in the
// last week, if the user had signed in from another country before.
func newCountries(users []bucket) []string {
	week := time.Now().AddDate(0, 0, -7)
	var rows []string
	for _, user := range users {
		countries := user.Values.Buckets
		slices.SortFunc(countries, func(a, b bucket) int {
			return cmp.Compare(a.First.Milliseconds, b.First.Milliseconds)
		})
		var before []string
		for _, country := range countries {
			if len(before) > 0 && country.First.time().After(week) {
				earlier := strings.Join(before, " ")
				rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s", user.Key, country.Key, country.First, earlier))
			}
			before = append(before, country.Key)
		}
	}
	return rows
}

// counts returns the values of a field, each with its number of events.
func counts(buckets []bucket) string {
	var texts []string
	for _, b := range buckets {
		texts = append(texts, b.Key+" "+strconv.Itoa(b.Count))
	}
	return strings.Join(texts, ", ")
}

// run runs the search and writes its answer as a table.
func (s search) run(client *servers.Client, out io.Writer) error {
	var found struct {
		Aggregations struct{ Users struct{ Buckets []bucket } }
	}
	body := mapstr.M{
		"size":  0,
		"query": mapstr.M{"bool": mapstr.M{"filter": s.filters}},
		"aggs":  mapstr.M{"users": values(s.by, s.more)},
	}
	if _, err := client.Request(http.MethodGet, "/"+pattern+"/_search", body, &found); err != nil {
		return fmt.Errorf("%s: %w", s.title, err)
	}
	rows := s.rows(found.Aggregations.Users.Buckets)
	more := ""
	if len(rows) > shown {
		more = fmt.Sprintf("  and %d more\n", len(rows)-shown)
		rows = rows[:shown]
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	const layout = "\n%s\n\n  %s\n  %s\n%s"
	if _, err := fmt.Fprintf(table, layout, s.title, s.columns, strings.Join(rows, "\n  "), more); err != nil {
		return err
	}
	return table.Flush()
}
