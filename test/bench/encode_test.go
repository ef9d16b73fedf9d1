package main

import (
	"bytes"
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
	for _, c := range []struct {
		name   string
		object func(map[string]any) any
	}{
		{"objects of mapstr.M", func(m map[string]any) any { return mapstr.M(m) }},
		{"objects of map[string]any", func(m map[string]any) any { return m }},
	} {
		var converted []beat.Event
		for _, document := range documents {
			document.Fields = convert(document.Fields, c.object)
			converted = append(converted, document)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			encoder := eslegclient.NewJSONEncoder(bytes.NewBuffer(nil), false)
			for i := 0; b.Loop(); i++ {
				if err := encoder.Marshal(&converted[i%len(converted)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// convert returns a copy of a document in which object made all objects but the document itself.
func convert(m map[string]any, object func(map[string]any) any) mapstr.M {
	converted := mapstr.M{}
	for key, value := range m {
		switch nested := value.(type) {
		case mapstr.M:
			value = object(convert(nested, object))
		case map[string]any:
			value = object(convert(nested, object))
		}
		converted[key] = value
	}
	return converted
}
