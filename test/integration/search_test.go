//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// document has the fields that the searches below use.
type document struct {
	Event  struct{ Category []string }
	User   struct{ Email string }
	Source struct {
		IP  netip.Addr
		Geo struct{ Location *struct{ Lat, Lon float64 } }
	}
	OnePassword struct {
		VaultUUID string `json:"vault_uuid"`
		Unmapped  map[string]any
	}
}

// TestIndexTemplateMakesFieldsSearchable compares the results of Elasticsearch with those of Go
// code for the same documents.
func TestIndexTemplateMakesFieldsSearchable(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.Generate(500, 20)
	for i := range 3 {
		c.Sim.Append(harness.ItemUsages, json.RawMessage(fmt.Sprintf(
			`{"uuid":"UNKNOWN%[1]d","timestamp":"2026-02-03T04:05:06Z","action":"fill",`+
				`"shelf":{"row":"r%[1]d","lit":true},"client":{"ip_address":"2001:db8::%[1]d"}}`, i)))
	}
	c.start(c.published())
	c.arrived()

	var documents []document
	for _, hit := range c.search(streams, mapstr.M{"size": 10_000}).Hits.Hits {
		var d document
		require.NoError(t, json.Unmarshal(hit.Source, &d))
		documents = append(documents, d)
	}
	require.Len(t, documents, c.Items())

	inRange := netip.MustParsePrefix("203.0.113.0/24")
	queries := map[string]struct {
		query   mapstr.M
		matches func(document) bool
	}{
		"addresses of a network": {
			mapstr.M{"term": mapstr.M{"source.ip": inRange.String()}},
			func(d document) bool { return inRange.Contains(d.Source.IP) },
		},
		"addresses from and to": {
			mapstr.M{"range": mapstr.M{"source.ip": mapstr.M{"gte": "2001:db8::1", "lte": "2001:db8::2"}}},
			func(d document) bool {
				return d.Source.IP == netip.MustParseAddr("2001:db8::1") ||
					d.Source.IP == netip.MustParseAddr("2001:db8::2")
			},
		},
		"places in a bounding box": {
			mapstr.M{"geo_bounding_box": mapstr.M{"source.geo.location": mapstr.M{
				"top_left": mapstr.M{"lat": 60, "lon": -130}, "bottom_right": mapstr.M{"lat": 20, "lon": -60},
			}}},
			func(d document) bool {
				place := d.Source.Geo.Location
				return place != nil && place.Lat > 20 && place.Lat < 60 && place.Lon > -130 && place.Lon < -60
			},
		},
		"an unknown member": {
			mapstr.M{"term": mapstr.M{"onepassword.unmapped.shelf.row": "r1"}},
			func(d document) bool {
				shelf, _ := d.OnePassword.Unmapped["shelf"].(map[string]any)
				return shelf["row"] == "r1"
			},
		},
		"any value of an unknown member": {
			mapstr.M{"term": mapstr.M{"onepassword.unmapped": "true"}},
			func(d document) bool { return d.OnePassword.Unmapped["shelf"] != nil },
		},
	}
	for name, tc := range queries {
		t.Run(name, func(t *testing.T) {
			want := 0
			for _, d := range documents {
				if tc.matches(d) {
					want++
				}
			}
			assert.Positive(t, want, "there is something to find")
			assert.Less(t, want, len(documents), "and something not to find")
			assert.Equal(t, want, c.count(streams, tc.query))
		})
	}

	aggregations := map[string]func(document) []string{
		"event.category":         func(d document) []string { return d.Event.Category },
		"user.email":             func(d document) []string { return []string{d.User.Email} },
		"onepassword.vault_uuid": func(d document) []string { return []string{d.OnePassword.VaultUUID} },
	}
	for field, values := range aggregations {
		t.Run("aggregation on "+field, func(t *testing.T) {
			want := map[string]int{}
			for _, d := range documents {
				for _, value := range values(d) {
					want[value]++
				}
			}
			delete(want, "")
			assert.Greater(t, len(want), 1)
			terms := mapstr.M{"terms": mapstr.M{"field": field, "size": 1000}}
			found := c.search(streams, mapstr.M{"size": 0, "aggs": mapstr.M{"values": terms}})
			got := map[string]int{}
			for _, bucket := range found.Aggregations["values"].Buckets {
				got[bucket.Key] = bucket.Count
			}
			assert.Equal(t, want, got)
		})
	}
}
