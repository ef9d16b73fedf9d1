package main

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/esleg/eslegclient"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestCloneSharesNoMapAndMakesObjectsMapstr(t *testing.T) {
	original := mapstr.M{"a": map[string]any{"b": map[string]any{"c": 1}}}
	copied := clone(original)
	require.Equal(t, mapstr.M{"a": mapstr.M{"b": mapstr.M{"c": 1}}}, copied)
	copied["a"].(mapstr.M)["b"].(mapstr.M)["c"] = 2
	require.Equal(t, mapstr.M{"a": map[string]any{"b": map[string]any{"c": 1}}}, original)
}

// BenchmarkEncode measures how libbeat encodes a document for Elasticsearch, which it does for each
// event on the goroutine that publishes. docs/performance.md explains the difference.
func BenchmarkEncode(b *testing.B) {
	documents, err := mapped(fakeapi.New(fakeapi.Options{Seed: 1}), harness.SignIns)
	require.NoError(b, err)
	others := slices.Clone(documents)
	for i := range others {
		others[i].Fields = clone(others[i].Fields)
	}
	for _, c := range []struct {
		name      string
		documents []beat.Event
	}{
		{"objects of mapstr.M", others},
		{"objects of map[string]any", documents},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			encoder := eslegclient.NewJSONEncoder(bytes.NewBuffer(nil), false)
			for i := 0; b.Loop(); i++ {
				if err := encoder.Marshal(&c.documents[i%len(c.documents)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
