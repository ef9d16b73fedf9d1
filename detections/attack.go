package detections

import (
	"fmt"
	"io/fs"
	"strings"
)

// Technique is a technique, or a subtechnique, of MITRE ATT&CK.
type Technique struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Tactic is one of the tactics that the technique serves: the one that the rules mean.
	TacticID string `yaml:"tactic_id"`
	Tactic   string `yaml:"tactic"`
}

// attackSite is the site whose pages describe tactics and techniques.
const attackSite = "https://attack.mitre.org/"

// Reference returns the address of the page that describes the technique.
func (t Technique) Reference() string {
	return attackSite + "techniques/" + strings.ReplaceAll(t.ID, ".", "/") + "/"
}

// TacticReference returns the address of the page that describes the tactic.
func (t Technique) TacticReference() string { return attackSite + "tactics/" + t.TacticID + "/" }

// Parent returns the ID of the technique that a subtechnique belongs to, or "".
func (t Technique) Parent() string {
	parent, _, isSub := strings.Cut(t.ID, ".")
	if !isSub {
		return ""
	}
	return parent
}

// Techniques returns the techniques of attack.yml by their IDs.
func Techniques() (map[string]Technique, error) { return readTechniques(files) }

func readTechniques(files fs.FS) (map[string]Technique, error) {
	var list []Technique
	if err := readYAML(files, "attack.yml", &list); err != nil {
		return nil, fmt.Errorf("detections/attack.yml: %w", err)
	}
	techniques := map[string]Technique{}
	for _, technique := range list {
		if _, twice := techniques[technique.ID]; twice {
			return nil, fmt.Errorf("detections/attack.yml: %s is listed twice", technique.ID)
		}
		techniques[technique.ID] = technique
	}
	return techniques, nil
}
