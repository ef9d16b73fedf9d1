package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	conf "github.com/elastic/elastic-agent-libs/config"
	"github.com/elastic/elastic-agent-libs/paths"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// Account is a 1Password account. The account that the keys of the Beat's own section configure has
// no name.
type Account struct {
	Name             string `config:",ignore"`
	OrganizationName string `config:"organization_name"`
}

func accountKeys() []string {
	return slices.Concat(keysOf(tokenSection{}), keysOf(Account{}), eventTypeKeys())
}

func eventTypeKeys() (keys []string) {
	for _, t := range eventtype.All {
		keys = append(keys, t.Section)
	}
	return keys
}

// readAccounts returns the enabled event types of the account without a name and of the accounts in
// the list.
func (r *reader) readAccounts(c *conf.C) []EventType {
	parsed := r.readAccount(c, "")
	validName := regexp.MustCompile(`^[a-z0-9_-]{1,64}$`) // for file names, which may have 255 bytes
	owner := map[string]string{}                          // keys of accounts by their names
	list := r.child(c, "accounts", aList)
	n, _ := list.CountField("")
	for i := range n {
		sub, err := list.Child("", i)
		if err != nil || sub.IsArray() {
			r.add(list.PathOf(strconv.Itoa(i)), "is not an account; expected a name, a token and event types")
			continue
		}
		var s struct {
			Name string `config:"name"`
		}
		r.unpack(sub, &s, "name")
		r.check(validName.MatchString(s.Name), sub, "name",
			notValid+"letters a to z, digits, _ and -, at most 64 characters", s.Name)
		r.check(owner[s.Name] == "", sub, "name", "%q is also the name of %s; expected another", s.Name, owner[s.Name])
		if r.bad[sub.PathOf("name")] {
			s.Name = sub.Path() // so that no other error follows, such as a shared state file
		}
		owner[s.Name] = sub.Path()
		before := len(r.errs)
		r.checkKeys(sub, append(accountKeys(), "name"))
		parsed = append(parsed, r.readAccount(sub, s.Name)...)
		if len(r.errs) == before && !slices.ContainsFunc(eventTypeKeys(), sub.HasField) {
			r.add(sub.Path(), "has no event type; expected at least one of %s", strings.Join(eventTypeKeys(), ", "))
		}
	}
	return parsed
}

// readAccount returns the enabled event types of an account. The section of a disabled event type
// is checked for unknown keys only, and so is an account without an enabled event type.
func (r *reader) readAccount(c *conf.C, name string) (parsed []EventType) {
	account := Account{Name: name}
	var token Token
	for _, t := range eventtype.All {
		sub := r.child(c, t.Section, aMapping)
		r.checkKeys(sub, slices.Concat(keysOf(EventType{}), keysOf(eventTypeSection{}), keysOf(tokenSection{})))
		if !c.HasField(t.Section) || !sub.Enabled() {
			continue
		}
		if len(parsed) == 0 {
			r.unpack(c, &account, "organization_name")
			account.OrganizationName = strings.TrimSpace(account.OrganizationName)
			token = r.readToken(c)
		}
		parsed = append(parsed, r.readEventType(sub, t, account, token))
	}
	return parsed
}

// tokenSection has the keys of a token, in the section of an account or of an event type.
type tokenSection struct {
	AuthToken     string `config:"auth_token"`
	AuthTokenFile string `config:"auth_token_file"`
}

// Token is the token of an event type. Event types that use their account's token share its Source.
type Token struct {
	Key    string                 // full key of the section that holds it
	Source *eventsapi.TokenSource // not nil in what Parse returns
	given  bool                   // whether there is a token, valid or not
}

// readToken reads the token of a section, or the path of its file relative to path.config. The
// poller reads the file, and retries, because the file may be missing at boot.
func (r *reader) readToken(c *conf.C) Token {
	var s tokenSection
	r.unpack(c, &s, "auth_token")
	tokenKey, fileKey := c.PathOf("auth_token"), c.PathOf("auth_token_file")
	text, file := strings.TrimSpace(s.AuthToken), s.AuthTokenFile
	parsed := Token{Key: c.Path(), given: text+file != "" || r.bad[tokenKey] || r.bad[fileKey]}
	switch {
	case text != "" && file != "":
		r.add(fileKey, "%q is set although auth_token is set; expected one of them", file)
	case tokenText.MatchString(file):
		r.add(fileKey, "%q is a token; expected the path of a file that contains it", file)
	case file != "":
		parsed.Source = eventsapi.TokenFile(r.path.Resolve(paths.Config, file))
	case text != "":
		token, err := eventsapi.ParseToken(text)
		if err != nil {
			r.add(tokenKey, "%w", err)
		}
		parsed.Source = eventsapi.FixedToken(token)
	}
	return parsed
}
