package dashboards

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/detection"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Documents returns what the dashboards show at a time: the documents of the items of a simulated API
// that have arrived, as if a Beat had received each at that moment, and some of which a part is not
// understood.
func Documents(sim *fakeapi.Simulator, now time.Time) ([]servers.Document, error) {
	documents, err := detection.Documents(sim)
	if err != nil {
		return nil, err
	}
	strange, err := notUnderstood(now)
	if err != nil {
		return nil, err
	}
	documents = slices.DeleteFunc(append(documents, strange...), func(d servers.Document) bool {
		received, _ := d.Fields.GetValue("event.created")
		at, ok := received.(time.Time)
		return !ok || at.After(now)
	})
	status, err := collectionStatus(now)
	if err != nil {
		return nil, err
	}
	documents = append(documents, status...)
	names := map[string]string{}
	for _, d := range documents {
		addName(d.Fields, "onepassword.vault_uuid", "onepassword.vault_name", "Vault", names)
		addName(d.Fields, "onepassword.item_uuid", "onepassword.item_title", "Login", names)
		addName(d.Fields, "group.id", "group.name", "Group", names)
		d.Fields["agent"] = mapstr.M{"name": "collector", "type": "eventsapibeat", "version": "1.0.0"}
	}
	return documents, nil
}

// addName adds the name of a thing, as with files of names in the configuration. Every tenth thing has
// none.
func addName(fields mapstr.M, idField, nameField, kind string, names map[string]string) {
	value, err := fields.GetValue(idField)
	if err != nil {
		return
	}
	id := fmt.Sprint(value)
	if names[id] == "" {
		names[id] = fmt.Sprintf("%s %d", kind, len(names)+1)
	}
	if !strings.HasSuffix(names[id], "0") {
		_, _ = fields.Put(nameField, names[id])
	}
}

// collectionStatus returns the documents about the collection of the last day.
func collectionStatus(now time.Time) ([]servers.Document, error) {
	var documents []servers.Document
	for number, eventType := range eventtype.All {
		mapper, err := ecs.NewMapper(eventType, ecs.Options{})
		if err != nil {
			return nil, err
		}
		for at := now.Add(-24 * time.Hour); at.Before(now); at = at.Add(30 * time.Minute) {
			event := mapper.Collection(ecs.Collection{
				LastSuccess: at.Add(-8 * time.Second), LastAcknowledged: at.Add(-time.Minute),
				NewestEvent: at.Add(-time.Duration(number+1) * 7 * time.Minute), TokenExpires: now.AddDate(0, 0, 70),
				Acknowledged: 40,
			}, "agent", at, at)
			document, err := detection.Document(event)
			if err != nil {
				return nil, err
			}
			documents = append(documents, document)
		}
	}
	return documents, nil
}

// notUnderstood returns documents of an undocumented action, of an unknown member, and of what is no
// object.
func notUnderstood(now time.Time) ([]servers.Document, error) {
	var documents []servers.Document
	for hours, item := range []string{
		`{"uuid": "A", "timestamp": %q, "action": "enblxyz", "object_type": "account", "actor_uuid": "X"}`,
		`{"uuid": "B", "timestamp": %q, "action": "enblxyz", "object_type": "account", "actor_uuid": "X"}`,
		`{"uuid": "C", "timestamp": %q, "action": "export", "object_type": "report", "new_member": 1}`,
		`["no object", %q]`,
	} {
		at := now.Add(-time.Duration(hours+1) * 10 * time.Hour).UTC()
		mapper, err := ecs.NewMapper(eventtype.All[2], ecs.Options{})
		if err != nil {
			return nil, err
		}
		document, err := detection.Document(
			mapper.Map(json.RawMessage(fmt.Sprintf(item, at.Format(time.RFC3339))), at).Event,
		)
		if err != nil {
			return nil, err
		}
		documents = append(documents, document)
	}
	return documents, nil
}
