package dashboards

import (
	"encoding/json"
	"fmt"
	"slices"
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
	documents, err := detection.Documents(sim, nil)
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
	for _, d := range documents {
		d.Fields["agent"] = mapstr.M{"name": "collector", "type": "eventsapibeat", "version": "1.0.0"}
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
		`{"uuid": "C", "timestamp": %q, "action": "export", "object_type": "report", "actor_uuid": "X", "new_member": 1}`,
		`["no object", %q]`,
	} {
		at := now.Add(-time.Duration(hours+1) * 10 * time.Hour).UTC()
		mapper, err := ecs.NewMapper(eventtype.All[2], ecs.Options{})
		if err != nil {
			return nil, err
		}
		mapped := mapper.Map(json.RawMessage(fmt.Sprintf(item, at.Format(time.RFC3339))), at)
		fields := mapped.Event.Fields
		fields["@timestamp"] = mapped.Event.Timestamp.UTC().Format(time.RFC3339)
		id, err := mapped.Event.Meta.GetValue("_id")
		if err != nil {
			return nil, err
		}
		documents = append(documents, servers.Document{ID: fmt.Sprint(id), Fields: fields})
	}
	return documents, nil
}
