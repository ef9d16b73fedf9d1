package fakeapi

import (
	"math/rand/v2"
	"time"
)

// Item usages are usages of items in shared vaults. The app that used the item reports the usage
// when it synchronizes, so that usages can arrive late.
func init() {
	eventTypes = append(eventTypes, eventType{
		name:      "itemusages",
		v2Only:    []string{"account_uuid", "user.type", "user.user_type", "user.user_account_uuid"},
		precision: time.Millisecond,
		delay:     synchronizationDelay,
		newEvent:  newItemUsage,
	})
}

// itemUsage has the member order of published payloads.
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

func newItemUsage(r *rand.Rand, base eventBase) any {
	vault := base.randomVault(r)
	item := vault.items[r.IntN(len(vault.items))]
	return newUsage(r, base, vault, item, pick(r, itemActions))
}

// newUsage returns the usage of an item.
func newUsage(r *rand.Rand, base eventBase, vault vault, item, action string) itemUsage {
	return itemUsage{
		UUID:        base.uuid,
		Timestamp:   base.at.Format("2006-01-02T15:04:05.000Z07:00"),
		UsedVersion: r.IntN(30),
		VaultUUID:   vault.uuid,
		ItemUUID:    item,
		User:        base.user,
		Client:      base.client,
		Location:    base.location,
		Action:      action,
		AccountUUID: base.account,
	}
}

// itemActions are all documented actions.
var itemActions = []weighted[string]{
	{120, "fill"}, {40, "reveal"}, {40, "secure-copy"}, {12, "enter-item-edit-mode"}, {10, "server-fetch"},
	{8, "select-sso-provider"}, {6, "share"}, {4, "server-create"}, {4, "server-update"}, {4, "other"}, {2, "export"},
}

// synchronizationDelay returns a delay for one usage of six: minutes to one day.
func synchronizationDelay(r *rand.Rand) time.Duration {
	longest := pick(r, []weighted[time.Duration]{
		{50, 0}, {6, 20 * time.Minute}, {3, 4 * time.Hour}, {1, 24 * time.Hour},
	})
	return time.Duration(r.Float64() * float64(longest))
}
