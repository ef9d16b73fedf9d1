// Package eventsapi is a client of the 1Password Events API. It knows the API's tokens, requests, pages and errors, and nothing of Beats.
//
// It guarantees that a page it returns is a whole one: the answer had status 200, was read to its end, was no larger than the limit, and has the shape
// the API documents. Everything else is an error. The bearer token goes to the host that the token names and to no other, and is in no error.
//
// It does not retry or remember a cursor, it waits for nothing but the budget, and it does not look into the items of a page: what an item holds is for the
// mapping to say.
//
// Source of all facts about the API, where nothing else is named: https://developer.1password.com/docs/events-api/
package eventsapi
