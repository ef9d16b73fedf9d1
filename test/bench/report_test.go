package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle(t *testing.T) {
	cases := map[string]struct {
		values sample
		want   float64
	}{
		"one":  {sample{4}, 4},
		"odd":  {sample{9, 1, 5}, 5},
		"even": {sample{8, 1, 2, 4}, 3},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			before := append(sample{}, tc.values...)
			assert.InDelta(t, tc.want, tc.values.median(), 1e-9)
			assert.Equal(t, before, tc.values, "the order of the runs stays")
		})
	}
}

// compared is a report of three Beats in two scenarios.
func compared() report {
	return report{
		subjects: []subject{{name: "ours"}, {name: onePassword}, {name: alone}},
		results: []measured{
			{
				scenario{name: "burst", description: "b", metrics: []metric{throughput, peakRSS}},
				map[string]map[metric]sample{
					"ours":      {throughput: {100, 30, 300}, peakRSS: {90, 92, 91}},
					onePassword: {throughput: {40, 10, 110}, peakRSS: {130, 130, 130}},
					alone:       {throughput: {200, 40, 400}, peakRSS: {100, 100, 100}},
				},
			},
			{scenario{name: "million", description: "m", metrics: []metric{peakRSS}}, map[string]map[metric]sample{
				"ours": {peakRSS: {182}}, onePassword: {peakRSS: {1}}, alone: {peakRSS: {91}},
			}},
		},
	}
}

func TestTablesHaveMedianSpreadAndTheRatiosRunByRun(t *testing.T) {
	text := compared().markdown()
	for _, row := range []string{
		"| | events/s | peak RSS MB |",
		"| ours | 100.0 (30.00–300.0) | 91.00 (90.00–92.00) |",
		"| libbeat alone | 200.0 (40.00–400.0) | 100.0 (100.0–100.0) |",
		"| ours / libbeat alone | 0.75 | 0.91 |", // the median of 100/200, 30/40 and 300/400
		"| ours / 1password | 2.73 | 0.70 |",
		"| ours | 182.0 |", // one run has no spread
	} {
		assert.Contains(t, text, row+"\n")
	}
}

func TestGoalsAreMetOrNotAndThoseThatWereNotMeasuredAreLeftOut(t *testing.T) {
	_, table, _ := strings.Cut(compared().markdown(), "| Goal | Measured | Met |\n|---|---|---|\n")
	assert.Equal(t, `| burst: events/s at least 0.75 × libbeat alone | 0.75 | yes |
| burst: events/s at least 2.5 × 1password | 2.73 | yes |
| burst: peak RSS MB at most 100 | 91.00 | yes |
| million: peak RSS MB at most 1.1 × burst | 2.00 | no |
`, table)
}

func TestLinesAreInTheFormatOfGoBenchmarks(t *testing.T) {
	lines := strings.Split(compared().lines(), "\n")
	assert.Contains(t, lines, "Benchmark/burst/ours 1 100.0 events/s 90.00 peak-RSS-MB")
	assert.Contains(t, lines, "Benchmark/burst/ours 1 30.00 events/s 92.00 peak-RSS-MB")
	assert.Contains(t, lines, "Benchmark/million/libbeat-alone 1 91.00 peak-RSS-MB")
}
