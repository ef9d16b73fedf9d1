//go:build integration

package integration

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// counted is the answer of Elasticsearch about the documents of each account.
type counted struct {
	Aggregations struct {
		Accounts struct {
			Buckets []struct {
				Key           string
				IDs           values
				Organizations values
				Names         values
				Types         values
			}
		}
	}
}

// values are the values of a field with their numbers of documents.
type values struct {
	Buckets []struct {
		Key   string
		Count int `json:"doc_count"`
	}
}

func (v values) counts() map[string]int {
	counts := map[string]int{}
	for _, bucket := range v.Buckets {
		counts[bucket.Key] = bucket.Count
	}
	return counts
}

// complete checks that each item of each account is in the cluster once, with the fields that
// identify its account, and nothing else is.
func (a *accounts) complete() {
	a.Helper()
	terms := func(field string) mapstr.M { return mapstr.M{"terms": mapstr.M{"field": field, "size": 1000}} }
	byAccount := terms("labels.account")
	byAccount["aggs"] = mapstr.M{
		"ids": terms("event.id"), "types": terms("event.dataset"),
		"organizations": terms("organization.id"), "names": terms("organization.name"),
	}
	var found counted
	a.get("/"+streams+"/_search", mapstr.M{"size": 0, "aggs": mapstr.M{"accounts": byAccount}}, &found)

	total, byName := 0, map[string]*account{}
	for _, account := range a.list {
		total += harness.Items(account.sim)
		byName[account.Name] = account
	}
	assert.Equal(a.T, total, a.count(streams, nil), "every document has an account")
	for _, bucket := range found.Aggregations.Accounts.Buckets {
		account := byName[bucket.Key]
		require.NotNil(a.T, account, bucket.Key)
		delete(byName, bucket.Key)
		var uuids []string
		for _, eventType := range harness.EventTypes {
			uuids = append(uuids, account.sim.UUIDs(eventType)...)
		}
		names := map[string]int{}
		if account.OrganizationName != "" {
			names[account.OrganizationName] = len(uuids)
		}
		assert.Zero(a.T, harness.NewBalance(uuids, bucket.IDs.counts()), account.Name)
		assert.Equal(
			a.T,
			map[string]int{account.sim.Account(): len(uuids)},
			bucket.Organizations.counts(),
			account.Name,
		)
		assert.Equal(a.T, names, bucket.Names.counts(), account.Name)
		assert.Len(a.T, bucket.Types.counts(), len(harness.EventTypes), account.Name)
	}
	assert.Empty(a.T, slices.Collect(maps.Keys(byName)), "accounts without documents")
}

// spread checks that the Beat sent no request for an account before its turn.
func (a *accounts) spread(run *harness.Process) {
	a.Helper()
	running := a.running(run)
	for i, account := range a.list {
		requests := account.sim.Requests()
		require.NotEmpty(a.T, requests, account.Name)
		for _, request := range slices.Concat(account.sim.Introspections(), requests) {
			assert.GreaterOrEqual(a.T, request.Time.Sub(running), time.Duration(i)*turn, account.Name)
		}
	}
}

// running returns when libbeat called Run, which is just before the Beat began to wait for the
// turns.
func (a *accounts) running(run *harness.Process) time.Time {
	a.Helper()
	for _, entry := range run.Logs() {
		var line struct {
			Timestamp time.Time `json:"@timestamp"`
		}
		if entry.Message == "eventsapibeat start running." {
			require.NoError(a.T, json.Unmarshal([]byte(entry.Line), &line))
			return line.Timestamp
		}
	}
	require.Fail(a.T, "the Beat did not log that it runs")
	return time.Time{}
}

// metrics returns the metrics of the event types by their id.
func (a *accounts) metrics(address string) map[string]inputMetrics {
	a.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(address + "/inputs/")
	require.NoError(a.T, err)
	defer response.Body.Close()
	require.Equal(a.T, http.StatusOK, response.StatusCode)
	var list []inputMetrics
	require.NoError(a.T, json.NewDecoder(response.Body).Decode(&list))
	byID := map[string]inputMetrics{}
	for _, m := range list {
		byID[m.ID] = m
	}
	require.Len(a.T, byID, len(list), "ids are unique")
	return byID
}

// inputMetrics are some metrics of an event type.
type inputMetrics struct {
	ID     string `json:"id"`
	Events int    `json:"events_total"`
	Errors int    `json:"errors_total"`
}

func TestFiftyAccountsStartOneAfterTheOtherAndHaveTheirOwnFields(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	a.generate()
	run, address := a.start()
	a.arrived(a.list)
	a.complete()
	a.spread(run)

	var stateFiles []string
	want := map[string]inputMetrics{}
	for _, account := range a.list {
		for _, eventType := range harness.EventTypes {
			id := account.id(eventType)
			want[id] = inputMetrics{ID: id, Events: len(account.sim.UUIDs(eventType))}
			stateFiles = append(stateFiles, filepath.Join(a.Beat.Home, "data", id+".eventsapibeatstate"))
		}
	}
	a.Eventually(func() bool { return len(a.StateFiles()) == len(stateFiles) }, "each has its own state file")
	assert.Equal(t, want, a.metrics(address)) // counted before the position is stored
	assert.ElementsMatch(t, stateFiles, a.StateFiles())
	for _, path := range stateFiles {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o600), info.Mode(), path)
	}
	assert.Empty(t, run.Messages("error"))
	a.Stop(run, os.Interrupt)
}

func TestRevokedTokenOfOneOfFiftyAccountsDoesNotAffectTheOthers(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	a.generate()
	run, address := a.start()
	a.arrived(a.list)

	const number = fiftyAccounts / 2
	revoked := a.list[number]
	others := slices.Delete(slices.Clone(a.list), number, number+1)
	revoked.sim.Revoke(revoked.token)
	for _, eventType := range harness.EventTypes {
		a.Eventually(
			func() bool { return a.metrics(address)[revoked.id(eventType)].Errors > 0 },
			"the token is refused",
		)
	}
	a.generate()
	a.arrived(others)
	a.issue(revoked)
	a.arrived(a.list)
	a.complete()
	for id, m := range a.metrics(address) {
		assert.Equal(t, strings.HasPrefix(id, revoked.Name+"-"), m.Errors > 0, id)
	}
	for _, account := range others {
		for _, request := range account.sim.Requests() {
			assert.Contains(t, []int{0, http.StatusOK}, request.Status, account.Name) // 0 until it is answered
		}
	}
	a.Stop(run, os.Interrupt)
}
