package fakeapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// WriteNames writes vaults.json, items.json, groups.json and users.json to a folder: what
// "op vault list --format json" and the like print for the account, as docs/names.md describes.
//
// The lists are those of the organization before any event. They have no vault or group that an event
// creates, and no users but the people: service accounts, guests and technicians are not listed.
func (s *Simulator) WriteNames(folder string) error {
	for file, list := range s.organization.names(s.options.Seed) {
		text, err := json.MarshalIndent(list, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// listed is an entry of a list. It has the members that are known of the program op.
type listed struct {
	ID             string  `json:"id"`
	Name           string  `json:"name,omitempty"`
	ContentVersion int     `json:"content_version,omitempty"` // of a vault
	Title          string  `json:"title,omitempty"`           // of an item, like the next three
	Version        int     `json:"version,omitempty"`
	Vault          *listed `json:"vault,omitempty"`
	Category       string  `json:"category,omitempty"`
	Email          string  `json:"email,omitempty"` // of a user
	Type           string  `json:"type,omitempty"`  // of a user
	State          string  `json:"state,omitempty"` // of a group or user
}

// names returns the lists by their file names. The same seed gives the same names.
func (o *organization) names(seed uint64) map[string][]listed {
	r := rand.New(rand.NewPCG(seed, 1)) // the organization is of 0
	order := r.Perm(len(teams))
	team := func(number int) string { return teams[order[number]] }
	var vaults, items, groups, users []listed
	for number, v := range o.vaults {
		list := listed{ID: v.uuid, ContentVersion: 1 + r.IntN(900)}
		switch number {
		case 0:
			list.Name = "Whole company"
		case len(o.vaults) - 1:
			list.Name = "Automation"
		default:
			list.Name = team(number - 1)
		}
		vaults = append(vaults, list)
		titles := r.Perm(len(systems) * len(secrets))
		for i, item := range v.items {
			system, secret := systems[titles[i]/len(secrets)], secrets[titles[i]%len(secrets)]
			items = append(items, listed{
				ID: item, Title: fmt.Sprintf(secret.title, system), Version: 1 + r.IntN(30),
				Vault: &listed{ID: v.uuid, Name: list.Name}, Category: secret.category,
			})
		}
	}
	for number, uuid := range o.groups {
		name := "Team Members"
		if number > 0 {
			name = team(number - 1)
		}
		groups = append(groups, listed{ID: uuid, Name: name, State: "ACTIVE"})
	}
	for _, p := range o.people {
		users = append(users, listed{ID: p.UUID, Name: p.Name, Email: p.Email, Type: "MEMBER", State: "ACTIVE"})
	}
	return map[string][]listed{
		"vaults.json": vaults, "items.json": items, "groups.json": groups, "users.json": users,
	}
}

// teams are the names of vaults and groups. An organization of 360 people needs 37.
var teams = []string{
	"Accounting", "Architecture", "Compliance", "Controlling", "Customer support", "Data platform", "Databases",
	"Design", "Facilities", "Field service", "Finance", "Fleet", "Human resources", "Identity", "Infrastructure",
	"Internal audit", "Laboratory", "Legal", "Logistics", "Marketing", "Mobile apps", "Network", "Office IT",
	"Partners", "Payroll", "Procurement", "Product", "Quality", "Recruiting", "Research", "Sales",
	"Security operations", "Tax", "Training", "Travel", "Treasury", "Warehouse", "Web shop",
}

// systems and secrets make the titles of items. A vault has each title once.
var (
	systems = []string{
		"Backup server", "Bank portal", "Billing", "Build server", "Call center", "Card terminal", "CRM",
		"Customs portal", "Data warehouse", "DNS provider", "Domain registrar", "Door control", "ERP", "File server",
		"Firewall", "Identity provider", "Insurance portal", "Mail gateway", "Map service", "Newsletter",
		"Package registry", "Parcel service", "Payment provider", "Phone system", "Social media", "Staging",
		"Tax portal", "Ticket system", "Time sheets", "Travel agency", "Video conferences", "VPN gateway",
		"Wi-Fi controller",
	}
	secrets = []struct{ title, category string }{
		{"%s", "LOGIN"}, {"%s admin", "LOGIN"}, {"%s API key", "API_CREDENTIAL"},
	}
)
