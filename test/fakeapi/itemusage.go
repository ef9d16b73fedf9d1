package fakeapi

import (
	"math/rand/v2"
	"time"
)

// itemUsages are uses of items in shared vaults. They are reported by the app
// that used the item, when it next synchronises, hence sometimes late.
var itemUsages = eventType{
	name: "itemusages",
	v2Only: []string{
		"account_uuid",
		"user.type", "user.user_type", "user.user_account_uuid",
	},
	resolution: time.Millisecond,
	lateness:   untilSynchronised,
	newEvent:   newItemUsage,
}

// itemUsage holds the members in the order of published payloads.
type itemUsage struct {
	UUID        string    `json:"uuid"`
	Timestamp   string    `json:"timestamp"`
	UsedVersion int       `json:"used_version"`
	VaultUUID   string    `json:"vault_uuid"`
	ItemUUID    string    `json:"item_uuid"`
	User        user      `json:"user"`
	Client      client    `json:"client"`
	Location    *location `json:"location,omitempty"`
	Action      string    `json:"action"`
	AccountUUID string    `json:"account_uuid"`
}

func newItemUsage(r *rand.Rand, o occasion) any {
	from := o.vaults[r.IntN(len(o.vaults))]
	return itemUsage{
		UUID:        o.uuid,
		Timestamp:   o.at.Format("2006-01-02T15:04:05.000Z07:00"),
		UsedVersion: r.IntN(30),
		VaultUUID:   from.uuid,
		ItemUUID:    from.items[r.IntN(len(from.items))],
		User:        o.user,
		Client:      o.client,
		Location:    o.location,
		Action:      pick(r, actions),
		AccountUUID: o.account,
	}
}

// actions holds every documented action.
var actions = []choice[string]{
	{120, "fill"},
	{40, "reveal"},
	{40, "secure-copy"},
	{12, "enter-item-edit-mode"},
	{10, "server-fetch"},
	{8, "select-sso-provider"},
	{6, "share"},
	{4, "server-create"},
	{4, "server-update"},
	{4, "other"},
	{2, "export"},
}

// untilSynchronised makes one usage in six late, by minutes up to a day.
func untilSynchronised(r *rand.Rand) time.Duration {
	longest := pick(r, []choice[time.Duration]{
		{50, 0},
		{6, 20 * time.Minute},
		{3, 4 * time.Hour},
		{1, 24 * time.Hour},
	})
	return time.Duration(r.Float64() * float64(longest))
}
