package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// accountsSection lists accounts beside the one whose keys stand in the Beat's section itself.
const accountsSection = "accounts"

// accountName is what the name of an account may be: it is part of the names of files, which may have up to 255 bytes.
var accountName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

const expectedName = "letters a to z, digits, _ and -, at most 64 characters"

// Account is the 1Password account that an event type is collected from.
type Account struct {
	Name             string // "" for the account whose keys stand in the Beat's section itself
	OrganizationName string // goes into organization.name; may be ""
}

// accountSection are the keys of an account, beside its event types and its name.
type accountSection struct {
	tokenSection     `config:",inline"`
	OrganizationName string `config:"organization_name" expected:"the name of the organization that the account is of"`
}

// accountKeys are the keys of an account, beside its name.
func accountKeys() []string {
	return append(keysOf(accountSection{}), eventTypeKeys()...)
}

// parseAccounts reads the enabled event types of the account in the Beat's section, and of those that the section lists.
func parseAccounts(c *conf.C, path *paths.Path, found *faults) []EventType {
	parsed := parseAccount(c, "", path, found)
	list, err := c.Child(accountsSection, -1)
	if !found.require(c, accountsSection, err == nil && !list.IsDict(), "expected a list of accounts, each with a name") {
		return parsed
	}
	n, _ := c.CountField(accountsSection) // -1 if there is no such field
	owner := map[string]string{}
	for i := range n {
		sub, err := c.Child(accountsSection, i)
		if err != nil || sub.IsArray() {
			found.add(c.PathOf(fmt.Sprintf("%s.%d", accountsSection, i)), "is not an account; expected a name, a token and event types")
			continue
		}
		name := parseAccountName(sub, owner, found)
		before := found.count()
		found.addUnknownKeys(sub, append(accountKeys(), "name"))
		parsed = append(parsed, parseAccount(sub, name, path, found)...)
		if found.count() == before && !slices.ContainsFunc(eventTypeKeys(), sub.HasField) {
			found.add(sub.Path(), "has no event type; expected at least one of %s", strings.Join(eventTypeKeys(), ", "))
		}
	}
	return parsed
}

// parseAccountName reads the name of a listed account. owner has the key of each account by its name. In place of a faulty name it returns the account's
// key, so that no other fault, such as a shared state file, follows from this one.
func parseAccountName(c *conf.C, owner map[string]string, found *faults) string {
	settings := struct {
		Name string `config:"name" expected:"letters a to z, digits, _ and -, at most 64 characters"` // as expectedName
	}{}
	found.unpack(c, &settings)
	name, key := settings.Name, c.PathOf("name")
	switch other, taken := owner[name]; {
	case found.unreadable(key):
	case name == "":
		found.add(key, "is empty; expected %s", expectedName)
	case !accountName.MatchString(name):
		found.add(key, "%q is not valid; expected %s", name, expectedName)
	case taken:
		found.add(key, "%q is the name of %s, too; expected a name of its own", name, other)
	default:
		owner[name] = c.Path()
		return name
	}
	return c.Path()
}

// addSharedStateFiles tells event types that would overwrite each other's cursor, or the files that a write passes through. Names that differ only in
// case are those of one file on macOS and Windows, so they are refused everywhere.
func addSharedStateFiles(eventTypes []EventType, found *faults) {
	owner := map[string]string{}
	for _, t := range eventTypes {
		for _, suffix := range []string{"", ".new", ".old", ".1password", ".1password.new", ".1password.old"} { // as internal/state names them
			file := t.StateFile + suffix
			folded := strings.ToLower(file)
			if other, taken := owner[folded]; taken && other != t.Key {
				found.add(t.Key+".cursor_state_file", "%q is used for %s, too; expected a file of its own (upper and lower case are the same)", file, other)
				break
			}
			owner[folded] = t.Key
		}
	}
}

// parseAccount reads the enabled event types of one account. Of an account that has none only the keys and the name have to be right.
func parseAccount(c *conf.C, name string, path *paths.Path, found *faults) []EventType {
	enabled := enabledSections(c, found)
	if len(enabled) == 0 {
		return nil
	}
	var section accountSection
	found.unpack(c, &section)
	account := Account{Name: name, OrganizationName: strings.TrimSpace(section.OrganizationName)}
	token := parseToken(c, section.tokenSection, path, found)
	var parsed []EventType
	for _, t := range eventtype.All {
		sub := enabled[t.Section]
		if sub == nil {
			continue
		}
		stateFile := t.StateFile()
		if name != "" {
			stateFile = fmt.Sprintf("%s-%s", name, stateFile)
		}
		eventType := parseEventType(sub, t, token, stateFile, path, found)
		eventType.Account = account
		parsed = append(parsed, eventType)
	}
	return parsed
}

// enabledSections are the sections of an account's enabled event types by their keys. Of one that is not enabled only the keys have to be right.
func enabledSections(c *conf.C, found *faults) map[string]*conf.C {
	enabled := map[string]*conf.C{}
	for _, key := range eventTypeKeys() {
		sub := found.child(c, key)
		if sub == nil {
			continue
		}
		found.addUnknownKeys(sub, keysOf(eventTypeSection{}))
		if sub.Enabled() {
			enabled[key] = sub
		}
	}
	return enabled
}

// tokenSection are the keys of which one holds a token: those of an account hold for its event types, those of an event type for itself.
type tokenSection struct {
	AuthToken     string `config:"auth_token" expected:"a token as 1Password issued it" secret:"true"`
	AuthTokenFile string `config:"auth_token_file" expected:"the path of a file that holds a token"`
}

// Token is where the token of an event type comes from. Event types that have the token of their account have the same Source.
type Token struct {
	Key    string                 // full key of the section that holds it
	Source *eventsapi.TokenSource // of a token that may be expired or lack the feature; a token file is not read yet
	given  bool                   // whether there is one; without a Source it has a fault, which is told
}

// parseToken reads the token, or the path of the file that holds it; a relative path is relative to path.config. The file itself is for the poller to read,
// which tries again: it may be missing at boot. The Token has no Source if there is none, or an error, which is then reported.
func parseToken(c *conf.C, section tokenSection, path *paths.Path, found *faults) Token {
	tokenKey, fileKey := c.PathOf("auth_token"), c.PathOf("auth_token_file")
	text, file := strings.TrimSpace(section.AuthToken), section.AuthTokenFile
	unreadable := found.unreadable(tokenKey) || found.unreadable(fileKey)
	parsed := Token{Key: c.Path(), given: unreadable || text != "" || file != ""}
	switch {
	case unreadable, !parsed.given:
	case text != "" && file != "":
		found.add(fileKey, "%q is given beside auth_token; expected one of them", file)
	case tokenText.MatchString(file):
		found.add(fileKey, "%q is a token; expected the path of a file that holds it", file)
	case file != "":
		parsed.Source = eventsapi.TokenFile(path.Resolve(paths.Config, file))
	default:
		token, err := eventsapi.ParseToken(text)
		if err != nil {
			found.add(tokenKey, "%w", err)
			break
		}
		parsed.Source = eventsapi.FixedToken(token)
	}
	return parsed
}
