package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLoginIsTheEmailAddressInLowerCase(t *testing.T) {
	cases := map[string]struct {
		email, login string
		related      []string
	}{
		"lower case":       {"ada@example.com", "ada@example.com", []string{"ada@example.com"}},
		"capitals":         {"Ada@Example.COM", "ada@example.com", []string{"Ada@Example.COM", "ada@example.com"}},
		"beyond ASCII":     {"ÅSA@example.com", "åsa@example.com", []string{"ÅSA@example.com", "åsa@example.com"}},
		"not an address":   {"ROOT", "root", []string{"ROOT", "root"}},
		"without a case":   {"愛@例え.jp", "愛@例え.jp", []string{"愛@例え.jp"}},
		"capitals, escape": {`\u0041da@example.com`, "ada@example.com", []string{"Ada@example.com", "ada@example.com"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			user := `{"email": "` + c.email + `"}`
			documents := map[string]Document{
				"user": mapSignIn(t, `"target_user": `+user),
				"user.target": mapItem(
					t,
					auditEvents,
					Options{},
					`"object_details": {"uuid": "A", "email": "`+c.email+`"}`,
				),
			}
			assert.Equal(t, c.related, field(documents["user"], "related.user"))
			assert.Equal(t, append([]string{"A"}, c.related...), field(documents["user.target"], "related.user"))
			for path, document := range documents {
				assert.Equal(t, c.login, field(document, path+".name"))
				assert.Equal(t, c.related[0], field(document, path+".email"), "as sent")
			}
		})
	}
}

func TestUsersOfBothDetailsAreRelated(t *testing.T) {
	document := mapItem(t, auditEvents, Options{}, `"action": "join", "object_type": "gm", "actor_uuid": "ACTOR",
		"actor_details": {"name": "Ada", "email": "Ada@example.com"}, "object_uuid": "OBJECT", "aux_uuid": "AUX",
		"object_details": {"uuid": "OBJECT", "email": "Olga@example.com"},
		"aux_details": {"uuid": "OTHER", "name": "Ada", "email": "ada@example.com"}`)
	assert.Equal(t, []string{
		"ACTOR", "Ada", "Ada@example.com", "ada@example.com", "AUX",
		"OBJECT", "Olga@example.com", "olga@example.com", "OTHER",
	}, field(document, "related.user"))
}
