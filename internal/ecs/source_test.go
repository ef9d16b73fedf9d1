package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAddresses(t *testing.T) {
	cases := map[string]struct{ ip, address any }{
		"192.0.2.17":              {ip: "192.0.2.17"},
		"2001:db8::17":            {ip: "2001:db8::17"},
		"2001:0DB8:0:0:0:0:0:017": {ip: "2001:db8::17"},
		"::ffff:192.0.2.17":       {ip: "192.0.2.17"},
		"::ffff:c000:211":         {ip: "192.0.2.17"},
		"fe80::1%eth0":            {address: "fe80::1%eth0"},
		"192.0.2.017":             {address: "192.0.2.017"},
		"192.0.2.17:443":          {address: "192.0.2.17:443"},
		"[2001:db8::17]":          {address: "[2001:db8::17]"},
		" 192.0.2.17":             {address: " 192.0.2.17"},
		"client.example.com":      {address: "client.example.com"},
	}
	for text, expected := range cases {
		t.Run(text, func(t *testing.T) {
			document := mapSignIn(t, `"client": {"ip_address": "`+text+`"}`)
			assert.Equal(t, expected.ip, field(document, "source.ip"))
			assert.Equal(t, expected.address, field(document, "source.address"))
			assert.Nil(t, field(document, "onepassword.unmapped"))
		})
	}
}
