// Package fakeapi is a simulated 1Password Events API: a stand-in that tests
// and demonstrations speak to over real HTTP, with invented people, devices
// and events.
//
//	sim := fakeapi.New(fakeapi.Options{Seed: 1})
//	sim.Generate("signinattempts", 5000, from, to)
//	server, err := fakeapi.Serve(sim) // HTTPS on a free port of 127.0.0.1
//	token := sim.Token(fakeapi.TokenOptions{
//		Audience: []string{server.Host()},
//		Features: []string{"signinattempts", "itemusages", "auditevents"},
//	})
//
// A [Simulator] is one account. [Accounts] joins several, which then share one
// address as accounts of one region do:
//
//	server, err := fakeapi.Serve(fakeapi.Accounts(sims[0], sims[1:]...))
//
// It shares no code with the client it is there to test, so that a mistake
// made in one of them cannot hide in the other.
//
// # Guarantees
//
//   - The same seed, calls and clock give the same account, people, events,
//     order and cursors. Only tokens and certificates are new each time.
//   - Accounts joined by [Accounts] know nothing of each other: events, tokens,
//     cursors, faults, rate limit and recorded requests are of one alone.
//   - Every generated event has its own uuid.
//   - Items given to [Simulator.Append] and [Simulator.Replay] are served with
//     the bytes they came with, save what version 1 leaves out.
//   - Nothing fails by chance: what goes wrong was switched on by [Options],
//     [Simulator.SetFault] or [Simulator.Revoke].
//   - Every method may be called while requests are being served.
//
// It does not guarantee that the real service behaves alike where its public
// description is silent. The lists below say how far each behaviour is known.
//
// # Taken from the vendor's documentation
//
// https://developer.1password.com/docs/events-api and the OpenAPI file 1.2.0.
//
//   - Paths /api/v1 and /api/v2, one per event type; version 2 adds account_uuid
//     and members of the user or actor; a feature of the token opens each path,
//     and its lack is an invalid token (401).
//   - GET /api/v2/auth/introspect, and no version 1 of it: uuid of the
//     integration, issued_at, features and account_uuid of any good token.
//   - A request holds either a cursor or a reset: limit 1 to 1000, by default
//     100; start_time, by default one hour before end_time or before now;
//     end_time, by default open.
//   - The answer holds cursor, has_more and items; there is a cursor even when
//     there are no items, and has_more may announce a page that proves empty.
//   - The cursor keeps the parameters of the request that began it.
//   - Item usages may be reported late, when an app gets to synchronise.
//   - 600 requests a minute and 30,000 an hour.
//   - Tokens are ES256 JSON Web Tokens; the first audience names the host.
//   - Event members, categories, types and actions, and which audit actions go
//     with which types of object. People of other accounts act as
//     external_user.
//   - The flat error shape ([Options].Flat).
//
// # Observed in published payloads and reports
//
//   - Error shape {"Error":{"Message":"Bad Request"}}; a plain text 404.
//   - When nothing is new the same cursor is given again.
//   - Requests without Content-Type are accepted, and so is a start_time years
//     before the oldest event kept.
//   - uuids are 26 characters of base32: upper case for events, people and
//     accounts, lower case for vaults, items, groups and devices.
//   - Sign-ins and audit events carry up to nine fraction digits without
//     trailing zeros, item usages carry milliseconds; details is null unless
//     there are any; the user of version 2 has a type; the location is missing
//     at times; native apps give the device as platform_name and its model as
//     platform_version.
//   - Audit events leave out what does not apply, save object_uuid, which may be
//     empty; the session's address is its ip; the location names the country in
//     full. Delegated sessions are four events in five of the one account seen,
//     changed items one in eight; aux_uuid, aux_id and aux_info of these, of
//     reports, service accounts and their tokens, and of group members.
//   - Member order of events, pages and introspection.
//
// # Assumed
//
//   - Cursors count insertions, are bound to their event type, serve both
//     versions and never expire. Their text is deterministic and signed, so a
//     foreign or garbled cursor is refused with 400.
//   - start_time and end_time compare with the event's own timestamp, start
//     included and end excluded, also behind a cursor. An item whose timestamp
//     cannot be read belongs to every window.
//   - has_more says that the page was full.
//   - Unknown members, repeated members, null, both kinds of request at once
//     and an end_time before start_time are answered with 400.
//   - The text of 401, 403 and 429 answers, their precedence (token, rate,
//     body), fixed windows of the rate limit and their reach, the whole account.
//   - Tokens are not bound to the host in their audience.
//   - Which type goes with which category, what details name for a firewall
//     rule, how often anything happens, and member order of version 2 item
//     usages, of which no real payload is public.
//   - What audit events that are not public hold as object and aux, that each
//     has a session of its own, where actor_account_uuid stands, and that
//     version 1 serves the actions that came with version 2.
//   - Introspection counts towards the rate limit; without features it holds an
//     empty array; account_uuid stands last.
package fakeapi
