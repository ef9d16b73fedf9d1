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
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// counted are the documents by account, as Elasticsearch counts them.
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

// values are how many documents have which value of a field.
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

// complete says that each item of each account is in the cluster once, with what tells its account from the others, and nothing else is.
func (a *accounts) complete(c *cluster) {
	a.T.Helper()
	terms := func(field string) mapstr.M { return mapstr.M{"terms": mapstr.M{"field": field, "size": 1000}} }
	byAccount := terms("labels.account")
	byAccount["aggs"] = mapstr.M{
		"ids": terms("event.id"), "types": terms("event.dataset"), "organizations": terms("organization.id"), "names": terms("organization.name"),
	}
	var found counted
	c.get("/"+streams+"/_search", mapstr.M{"size": 0, "aggs": mapstr.M{"accounts": byAccount}}, &found)

	total, byName := 0, map[string]*account{}
	for _, account := range a.list {
		total += account.items()
		byName[account.Name] = account
	}
	assert.Equal(a.T, total, c.count(streams, nil), "none has no account")
	for _, bucket := range found.Aggregations.Accounts.Buckets {
		account := byName[bucket.Key]
		require.NotNil(a.T, account, bucket.Key)
		delete(byName, bucket.Key)
		var uuids []string
		for _, eventType := range rig.EventTypes {
			uuids = append(uuids, account.sim.UUIDs(eventType)...)
		}
		names := map[string]int{}
		if account.OrganizationName != "" {
			names[account.OrganizationName] = len(uuids)
		}
		assert.Zero(a.T, harness.NewBalance(uuids, bucket.IDs.counts()), account.Name)
		assert.Equal(a.T, map[string]int{account.sim.Account(): len(uuids)}, bucket.Organizations.counts(), account.Name)
		assert.Equal(a.T, names, bucket.Names.counts(), account.Name)
		assert.Len(a.T, bucket.Types.counts(), len(rig.EventTypes), account.Name)
	}
	assert.Empty(a.T, slices.Collect(maps.Keys(byName)), "accounts of which nothing came")
}

// spread says that each account was left alone until its turn, and that the turns were kept.
func (a *accounts) spread(run *harness.Process) {
	a.T.Helper()
	ready := map[string]time.Time{} // when the Beat began to wait for the account's turn, or just before
	for _, entry := range run.Logs() {
		var line struct {
			Account   string    `json:"account"`
			Timestamp time.Time `json:"@timestamp"`
		}
		if entry.Message == "collecting events" {
			require.NoError(a.T, json.Unmarshal([]byte(entry.Line), &line))
			if first, seen := ready[line.Account]; !seen || line.Timestamp.Before(first) {
				ready[line.Account] = line.Timestamp
			}
		}
	}
	var first, last time.Time
	for i, account := range a.list {
		require.Contains(a.T, ready, account.Name)
		requests := account.sim.Requests()
		require.NotEmpty(a.T, requests, account.Name)
		for _, request := range slices.Concat(account.sim.Introspections(), requests) {
			assert.GreaterOrEqual(a.T, request.Time.Sub(ready[account.Name]), time.Duration(i)*turn, account.Name)
		}
		asked := requests[0].Time
		if i == 0 {
			first = asked
		}
		last = asked
	}
	assert.InDelta(a.T, fiftyAccounts*turn, last.Sub(first), float64(5*time.Second), "on a busy machine")
}

// metrics are what the Beat tells of its event types, by their id.
func (a *accounts) metrics(address string) map[string]inputMetrics {
	a.T.Helper()
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
	require.Len(a.T, byID, len(list), "an id is that of one event type")
	return byID
}

// inputMetrics are some of those of an event type.
type inputMetrics struct {
	ID     string `json:"id"`
	Events int    `json:"events_total"`
	Errors int    `json:"errors_total"`
}

func TestFiftyAccountsBeginOneAfterTheOtherAndAreToldApart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := newAccounts(t)
	a.generate()
	run, address := a.start(c)
	a.arrived(c, a.list)
	a.complete(c)
	a.spread(run)

	found := a.metrics(address)
	var stateFiles []string
	for _, account := range a.list {
		for _, eventType := range rig.EventTypes {
			id := account.id(eventType)
			assert.Equal(t, inputMetrics{ID: id, Events: len(account.sim.UUIDs(eventType))}, found[id])
			stateFiles = append(stateFiles, filepath.Join(a.Beat.Home, "data", id+".eventsapibeatstate"))
		}
	}
	assert.Len(t, found, len(stateFiles))
	a.Eventually(func() bool { return len(a.StateFiles()) == len(stateFiles) }, "each has its own state file")
	assert.ElementsMatch(t, stateFiles, a.StateFiles())
	for _, path := range stateFiles {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o600), info.Mode(), path)
	}
	assert.Empty(t, rig.Messages(run, "error"))
	a.Stop(run, os.Interrupt)
}

func TestFiftyAccountsAreNotDisturbedByTheTokenOfOne(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := newAccounts(t)
	a.generate()
	run, address := a.start(c)
	a.arrived(c, a.list)

	const number = fiftyAccounts / 2
	revoked := a.list[number]
	others := slices.Delete(slices.Clone(a.list), number, number+1)
	revoked.sim.Revoke(revoked.token)
	for _, eventType := range rig.EventTypes {
		a.Eventually(func() bool { return a.metrics(address)[revoked.id(eventType)].Errors > 0 }, "the token is refused")
	}
	a.generate()
	a.arrived(c, others)
	a.issue(revoked)
	a.arrived(c, a.list)
	a.complete(c)
	for id, m := range a.metrics(address) {
		assert.Equal(t, strings.HasPrefix(id, revoked.Name+"-"), m.Errors > 0, id)
	}
	for _, account := range others {
		for _, request := range account.sim.Requests() {
			assert.Contains(t, []int{0, http.StatusOK}, request.Status, account.Name) // 0 while it is being answered
		}
	}
	a.Stop(run, os.Interrupt)
}
