package dashboards

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/internal/names"
	"github.com/eventsapibeat/eventsapibeat/test/detection"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/servers"
)

// Documents returns what the dashboards show at a time: the documents of the items of a simulated API
// that have arrived, as if a Beat with the names of the account had received each at that moment, some
// of which a part is not understood, and those about the collection.
func Documents(sim *fakeapi.Simulator, now time.Time) ([]servers.Document, error) {
	lookup, err := namesOf(sim)
	if err != nil {
		return nil, err
	}
	documents, err := detection.Documents(sim, ecs.Options{Names: lookup})
	if err != nil {
		return nil, err
	}
	documents = slices.DeleteFunc(documents, func(d servers.Document) bool {
		received, _ := d.Fields.GetValue("event.created")
		at, ok := received.(time.Time)
		return !ok || at.After(now)
	})
	strange, err := notUnderstood(now)
	if err != nil {
		return nil, err
	}
	status, err := collectionStatus(sim.Account(), now)
	if err != nil {
		return nil, err
	}
	documents = slices.Concat(documents, strange, status)
	for _, d := range documents {
		d.Fields["agent"] = mapstr.M{"name": "collector", "type": "eventsapibeat", "version": "1.0.0"}
	}
	return documents, nil
}

// namesOf returns the function that finds the names of a simulated API, as the Beat does in files.
func namesOf(sim *fakeapi.Simulator) (func(uuid string) (name, email string), error) {
	folder, err := os.MkdirTemp("", "names-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := sim.WriteNames(folder); err != nil {
		return nil, err
	}
	files := names.New([]string{filepath.Join(folder, "*.json")}, logp.NewNopLogger())
	files.Read()
	return files.Lookup, nil
}

// collectionStatus returns the documents about the collection from an account in the last day, in which
// the API once did not answer for two hours.
func collectionStatus(account string, now time.Time) ([]servers.Document, error) {
	var documents []servers.Document
	for number, eventType := range eventtype.All {
		mapper, err := ecs.NewMapper(eventType, ecs.Options{})
		if err != nil {
			return nil, err
		}
		for at := now.Add(-24 * time.Hour); at.Before(now); at = at.Add(30 * time.Minute) {
			status := ecs.Collection{
				AccountUUID: account,
				LastSuccess: at.Add(-8 * time.Second), LastAcknowledged: at.Add(-time.Minute),
				NewestEvent: at.Add(-time.Duration(number+1) * 7 * time.Minute), TokenExpires: now.AddDate(0, 0, 70),
				Acknowledged: 40,
			}
			if ago := now.Sub(at); eventType.Name == "itemusages" && ago > 10*time.Hour && ago <= 12*time.Hour {
				status.Error = "unavailable"
			}
			document, err := detection.Document(mapper.Collection(status, "agent", at, at))
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
