package detection

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// TestSequencesAreThoseOfEQL uses documents "step key minute", with step a or b.
func TestSequencesAreThoseOfEQL(t *testing.T) {
	simple := detections.Sequence{MaxSpan: 30 * time.Minute, Steps: []detections.Step{{}, {}}}
	runs := detections.Sequence{MaxSpan: 30 * time.Minute, Steps: []detections.Step{{Runs: 3}, {}}}
	for name, tc := range map[string]struct {
		sequence  detections.Sequence
		documents string
		want      []string // minutes of the documents of each sequence
	}{
		"one after the other":       {simple, "a x 1, b x 2", []string{"1 2"}},
		"wrong order":               {simple, "b x 1, a x 2", nil},
		"other key":                 {simple, "a x 1, b y 2", nil},
		"at the longest distance":   {simple, "a x 1, b x 31", []string{"1 31"}},
		"too far":                   {simple, "a x 1, b x 32", nil},
		"the latest first step":     {simple, "a x 1, a x 5, b x 32", []string{"5 32"}},
		"a sequence ends":           {simple, "a x 1, b x 2, b x 3", []string{"1 2"}},
		"twice":                     {simple, "a x 1, b x 2, a x 3, b x 4", []string{"1 2", "3 4"}},
		"others between":            {simple, "a x 1, a y 2, b x 3", []string{"1 3"}},
		"enough runs":               {runs, "a x 1, a x 2, a x 3, b x 4", []string{"1 2 3 4"}},
		"more runs than enough":     {runs, "a x 1, a x 2, a x 3, a x 4, b x 5", []string{"2 3 4 5"}},
		"too few runs":              {runs, "a x 1, a x 2, b x 4", nil},
		"runs over longer than max": {runs, "a x 1, a x 2, a x 3, b x 40", nil},
		"other step between runs":   {runs, "a x 1, a x 2, b x 3, a x 4, b x 5", []string{"1 2 4 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			var documents []*stepDocument
			for text := range strings.SplitSeq(tc.documents, ", ") {
				parts := strings.Fields(text)
				minute, err := time.ParseDuration(parts[2] + "m")
				assert.NoError(t, err)
				documents = append(documents, &stepDocument{
					id: parts[2], time: monday.Add(minute), keys: map[int]string{int(parts[0][0] - 'a'): parts[1]},
				})
			}
			var got []string
			for _, found := range sequences(documents, tc.sequence) {
				var ids []string
				for _, d := range found {
					ids = append(ids, d.id)
				}
				got = append(got, strings.Join(ids, " "))
			}
			assert.Equal(t, tc.want, got)
		})
	}
}
