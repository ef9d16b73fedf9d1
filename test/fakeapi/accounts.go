package fakeapi

import (
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// Accounts serves several accounts at one address, as the real hosts do: a
// request goes to the simulator of the account that its token names, and is
// recorded, limited and spoilt there. A request that names none of them goes to
// the first simulator, which refuses it. Accounts panics if two simulators are
// of one account, which is to say have the same seed.
func Accounts(first *Simulator, more ...*Simulator) http.Handler {
	byAccount := map[string]*Simulator{first.Account(): first}
	for _, sim := range more {
		if byAccount[sim.Account()] != nil {
			panic("fakeapi: two simulators of one account; give each its own seed")
		}
		byAccount[sim.Account()] = sim
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named, known := byAccount[namedAccount(r.Header.Get("Authorization"))]
		if !known {
			named = first
		}
		named.ServeHTTP(w, r)
	})
}

// namedAccount is the account in a token that was not checked, "" if there is
// none.
func namedAccount(authorization string) string {
	text, _ := strings.CutPrefix(authorization, "Bearer ")
	var named claims
	if _, _, err := jwt.NewParser().ParseUnverified(text, &named); err != nil {
		return ""
	}
	return named.Account
}
