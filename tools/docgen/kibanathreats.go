package main

import (
	"slices"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// kibanaThreat is a tactic of ATT&CK with techniques, as Kibana imports it.
type kibanaThreat struct {
	Framework string            `json:"framework"`
	Tactic    attackEntry       `json:"tactic"`
	Technique []kibanaTechnique `json:"technique"`
}

type kibanaTechnique struct {
	attackEntry
	Subtechnique []attackEntry `json:"subtechnique,omitempty"`
}

type attackEntry struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Reference string `json:"reference"`
}

// threats returns techniques in the structure of Kibana: tactics, techniques, subtechniques.
func threats(used []detections.Technique, all map[string]detections.Technique) []kibanaThreat {
	threats := []kibanaThreat{}
	for _, technique := range used {
		tactic := attackEntry{technique.TacticID, technique.Tactic, technique.TacticReference()}
		at := slices.IndexFunc(threats, func(t kibanaThreat) bool { return t.Tactic == tactic })
		if at < 0 {
			at = len(threats)
			threats = append(threats, kibanaThreat{Framework: "MITRE ATT&CK", Tactic: tactic})
		}
		threats[at].add(technique, all)
	}
	return threats
}

func (t *kibanaThreat) add(technique detections.Technique, all map[string]detections.Technique) {
	entry := func(t detections.Technique) attackEntry { return attackEntry{t.ID, t.Name, t.Reference()} }
	parent := technique
	if id := technique.Parent(); id != "" {
		parent = all[id]
	}
	at := slices.IndexFunc(t.Technique, func(k kibanaTechnique) bool { return k.ID == parent.ID })
	if at < 0 {
		at = len(t.Technique)
		t.Technique = append(t.Technique, kibanaTechnique{attackEntry: entry(parent)})
	}
	if parent.ID != technique.ID {
		t.Technique[at].Subtechnique = append(t.Technique[at].Subtechnique, entry(technique))
	}
}
