package eventsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHistoryKnowsTheNewestPagesAndForgetsOldOnes(t *testing.T) {
	number := func(i int) (string, Page) {
		return fmt.Sprint(
				"cursor ",
				i,
			), Page{
				Cursor: fmt.Sprint("cursor ", i+1),
				Items:  []json.RawMessage{json.RawMessage(fmt.Sprint(i))},
			}
	}
	var history History
	for i := range 3*pagesRemembered + 1 {
		require.False(t, history.Add(number(i)), "page %d is new", i)
		for _, old := range []int{i, max(0, i-1), max(0, i-pagesRemembered+1)} {
			again := History{newer: maps.Clone(history.newer), older: history.older}
			require.True(t, again.Add(number(old)), "page %d is known after page %d", old, i)
		}
	}
	assert.LessOrEqual(t, len(history.newer)+len(history.older), 2*pagesRemembered)
	assert.False(t, history.Add(number(0)))
}

func TestPagesThatDifferAreNotTakenForRepeats(t *testing.T) {
	items := func(texts ...string) []json.RawMessage {
		var items []json.RawMessage
		for _, text := range texts {
			items = append(items, json.RawMessage(text))
		}
		return items
	}
	pages := []struct {
		cursor string
		page   Page
	}{
		{"A", Page{Cursor: "B", Items: items("1", "2")}},
		{"A", Page{Cursor: "B", Items: items("12")}},
		{"A", Page{Cursor: "B", Items: items("1", "2", "3")}},
		{"A", Page{Cursor: "B"}},
		{"A", Page{Cursor: "B1", Items: items("2")}},
		{"AB", Page{Cursor: "", Items: items("1", "2")}},
		{"", Page{Cursor: "AB", Items: items("1", "2")}},
	}
	var history History
	for _, p := range pages {
		assert.False(t, history.Add(p.cursor, p.page))
	}
	for _, p := range slices.Backward(pages) {
		p.page.HasMore = !p.page.HasMore
		assert.True(t, history.Add(p.cursor, p.page), "has_more makes no difference")
	}
}
