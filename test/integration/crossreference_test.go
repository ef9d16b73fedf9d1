//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/detection"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// foreign creates an index of another source with its documents.
func (c *detectionCluster) foreign(name string, documents ...mapstr.M) {
	c.Helper()
	types := mapstr.M{}
	for field, kind := range map[string]string{
		"@timestamp": "date", "event.module": "keyword", "event.kind": "keyword", "event.id": "keyword",
		"event.category": "keyword", "event.outcome": "keyword", "user.name": "keyword", "host.name": "keyword",
		"source.ip": "ip", "threat.indicator.ip": "ip",
	} {
		types[field] = mapstr.M{"type": kind}
	}
	c.put("/"+name, mapstr.M{"mappings": mapstr.M{"properties": types}})
	for i, d := range documents {
		d["event.id"] = fmt.Sprint(i)
		c.put(fmt.Sprintf("/%s/_create/%d?refresh=true", name, i), d)
	}
}

// map1Password returns the document of an item at a time.
func map1Password(t *testing.T, name eventtype.Name, at time.Time, item string) servers.Document {
	t.Helper()
	i := slices.IndexFunc(eventtype.All, func(e eventtype.Type) bool { return e.Name == name })
	raw := fmt.Sprintf(`{"uuid":"%s%d","timestamp":%q,%s}`, name, at.UnixNano(), at.Format(time.RFC3339Nano), item)
	document, err := detection.Map(detections.Item{EventType: eventtype.All[i], JSON: json.RawMessage(raw)}, at)
	require.NoError(t, err)
	return document
}

// TestCrossReferencesFindWhatTheyShould uses documents that have the fields of other sources.
func TestCrossReferencesFindWhatTheyShould(t *testing.T) {
	t.Parallel()
	c := newDetectionCluster(t)
	now := time.Now().UTC()
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const jane = `"category":"success","type":"credentials_ok","target_user":{"uuid":"A","email":"Jane@Example.com"},`
	use := func(host string) string {
		return `"action":"reveal","item_uuid":"i","vault_uuid":"v","user":{"uuid":"A","email":"jane@example.com"},` +
			`"client":{"app_name":"1Password for Windows","platform_name":"` + host + `","ip_address":"192.0.2.66"}`
	}
	require.NoError(t, c.client.Create("eventsapibeat-cross", []servers.Document{
		map1Password(t, harness.SignIns, ago(time.Hour), jane+`"client":{"ip_address":"203.0.113.7"}`),
		map1Password(t, harness.SignIns, ago(2*time.Hour), jane+`"client":{"ip_address":"192.0.2.66"}`),
		map1Password(t, harness.SignIns, ago(72*time.Hour), jane+`"client":{"ip_address":"192.0.2.99"}`),
		map1Password(t, harness.ItemUsages, ago(30*time.Minute), use("DESKTOP-1")),
		map1Password(t, harness.ItemUsages, ago(31*time.Minute), use("DESKTOP-2")),
		map1Password(t, harness.ItemUsages, ago(5*time.Hour), use("DESKTOP-3")),
	}))

	t.Run("sign-ins from an address that the identity provider does not know", func(t *testing.T) {
		known := mapstr.M{
			"@timestamp": ago(9 * 24 * time.Hour), "event.module": "okta", "event.category": "authentication",
			"event.outcome": "success", "user.name": "jane@example.com", "source.ip": "203.0.113.7",
		}
		failed := known.Clone()
		failed["source.ip"], failed["event.outcome"] = "192.0.2.66", "failure"
		c.foreign("logs-okta.system-test", known, failed)
		const heading = "Sign-ins from an address that the identity provider does not know"
		var body mapstr.M
		require.NoError(t, json.Unmarshal([]byte(harness.CodeBlock(t, "detections.md", heading, "json")), &body))
		var answer struct {
			Aggregations struct {
				Pairs struct {
					Buckets []struct {
						Key         struct{ User, Address string }
						OnePassword struct {
							DocCount int `json:"doc_count"`
						} `json:"onepassword"`
						IdentityProvider struct {
							DocCount int `json:"doc_count"`
						} `json:"identity_provider"`
					}
				}
			}
		}
		c.get("/eventsapibeat-*,logs-okta.system-*/_search", body, &answer)
		var unknown []string
		for _, b := range answer.Aggregations.Pairs.Buckets {
			if b.OnePassword.DocCount > 0 && b.IdentityProvider.DocCount == 0 {
				unknown = append(unknown, b.Key.User+" "+b.Key.Address)
			}
		}
		assert.Equal(t, []string{"jane@example.com 192.0.2.66"}, unknown)
	})
	t.Run("items used within an hour of an endpoint alert", func(t *testing.T) {
		alert := func(host string, at time.Time) mapstr.M {
			return mapstr.M{"@timestamp": at, "event.kind": "alert", "event.module": "endpoint", "host.name": host}
		}
		c.foreign(
			"logs-endpoint.alerts-test",
			alert(
				"DESKTOP-1",
				ago(50*time.Minute),
			),
			alert("DESKTOP-3", ago(7*time.Hour)),
			alert("server", ago(time.Hour)),
		)
		step := func(dsl, by string) detections.Step {
			return detections.Step{Query: detections.Query{DSL: []byte(dsl)}, By: []string{by}}
		}
		rule := &detections.Rule{
			File: "endpoint", Type: detections.TypeEQL, Timestamp: detections.EventTime,
			Sequence: &detections.Sequence{MaxSpan: time.Hour, Steps: []detections.Step{
				step(
					`{"bool":{"filter":[{"term":{"event.kind":"alert"}},{"term":{"event.module":"endpoint"}}]}}`,
					"host.name",
				),
				step(`{"bool":{"filter":[{"term":{"event.dataset":"1password.item_usages"}},
					{"terms":{"event.action":["reveal","secure-copy","export"]}}]}}`, "onepassword.client.platform_name"),
			}},
		}
		runner := detection.Runner{Client: c.client, Index: "eventsapibeat-*,logs-endpoint.alerts-*"}
		alerts, err := runner.Run(rule, ago(24*time.Hour), now)
		require.NoError(t, err)
		require.Len(t, alerts, 1)
		assert.WithinDuration(t, ago(30*time.Minute), alerts[0].Time, time.Second)
	})
	t.Run("addresses of threat intelligence", func(t *testing.T) {
		indicator := mapstr.M{
			"@timestamp":          ago(time.Hour),
			"event.kind":          "enrichment",
			"threat.indicator.ip": "192.0.2.66",
		}
		c.foreign("logs-ti_test", indicator)
		var indicators struct {
			Aggregations struct {
				Values struct{ Buckets []struct{ Key string } }
			}
		}
		c.get("/logs-ti_*/_search", mapstr.M{"size": 0, "aggs": mapstr.M{"values": mapstr.M{
			"terms": mapstr.M{"field": "threat.indicator.ip", "size": 1000},
		}}}, &indicators)
		var addresses []string
		for _, b := range indicators.Aggregations.Values.Buckets {
			addresses = append(addresses, b.Key)
		}
		assert.Equal(t, 4, c.count(detectionStreams, mapstr.M{"terms": mapstr.M{"source.ip": addresses}}))
	})
	for _, index := range []string{"logs-okta.system-test", "logs-endpoint.alerts-test", "logs-ti_test"} {
		c.request(http.MethodDelete, "/"+index, nil, nil)
	}
}
