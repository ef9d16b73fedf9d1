package beater

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/config"
	"github.com/eventsapibeat/eventsapibeat/internal/connection"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// BenchmarkPublish maps and publishes a page of 1,000 items to a real pipeline whose output takes
// everything at once.
func BenchmarkPublish(b *testing.B) {
	for _, row := range eventtype.All {
		b.Run(string(row.Name), func(b *testing.B) {
			sim, now := fakeapi.New(fakeapi.Options{Seed: 1}), time.Now()
			sim.Generate(string(row.Name), 1000, now.AddDate(0, -1, 0), now)
			received := eventsapi.Page{Cursor: "A", Items: sim.Items(string(row.Name))}
			bytes := int64(0)
			for _, item := range received.Items {
				bytes += int64(len(item))
			}
			info := beat.Info{Beat: "eventsapibeat", Version: "1.0.0", Logger: logp.NewNopLogger()}
			theBeat := &beat.Beat{
				Info: info, Monitoring: beat.NewMonitoring(), Paths: &paths.Path{Data: b.TempDir()},
				Publisher: newPipeline(b, info, &output{discard: true}, memoryQueue(6400)),
			}
			p, err := newPoller(theBeat, config.EventType{
				Type: row, APIVersion: eventsapi.V2, StateFile: filepath.Join(b.TempDir(), "state"),
			}, &connection.Connection{}, nil, logp.NewNopLogger())
			require.NoError(b, err)
			b.SetBytes(bytes)
			b.ReportAllocs()
			for b.Loop() {
				require.True(b, p.publish(b.Context(), &page{Page: received, received: now}))
			}
			require.NoError(b, p.acks.Wait(b.Context()))
			require.NoError(b, p.client.Close())
			require.NoError(b, theBeat.Publisher.(io.Closer).Close())
		})
	}
}
