// Package eventsapi is a client of the 1Password Events API: tokens, requests, pages, errors and
// limits. It does not depend on libbeat.
//
// Guarantees:
//   - A page that it returns is complete: the response had status 200, was read to its end within the
//     size limit, and has the shape that the API documents. Everything else is an error.
//   - The bearer token is sent only to the host that it names, and no error contains it.
//
// Not guaranteed: the client does not retry, does not remember a cursor, and does not look into
// the items of a page. Before a request it waits for the account's budget only.
//
// Unless a comment names another source, facts about the API are from
// https://developer.1password.com/docs/events-api/
package eventsapi
