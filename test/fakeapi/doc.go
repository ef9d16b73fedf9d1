// Package fakeapi is a simulated 1Password Events API. Tests and demonstrations use it over real
// HTTP. Its people, devices and events are invented.
//
//	sim := fakeapi.New(fakeapi.Options{Seed: 1})
//	sim.Generate("signinattempts", 5000, from, to)
//	server, err := fakeapi.Serve(sim) // HTTPS on a free port of 127.0.0.1
//	token := sim.Token(fakeapi.TokenOptions{
//		Audience: []string{server.Host()},
//		Features: fakeapi.EventTypes(),
//	})
//
// [Simulator.Generate] gives random events. [Simulator.Live] gives the life of a company: people who
// sign in, use items and travel, provisioning, pipelines, administrators, and, if wanted, the attacks
// that [Scenarios] names. Each attack is one function in a file scenario_….go.
// [Simulator.WriteNames] gives the names of its vaults, items, groups and people.
//
// A [Simulator] is one account. [Accounts] serves several accounts at one address, as the real
// hosts do. The package shares no code with the client that it tests, so that the same mistake
// cannot be in both. A new event type is a file that adds it to eventTypes.
//
// # Guarantees
//
//   - The same seed, calls and clock produce the same account, people, events, order and cursors.
//     Only tokens and certificates differ.
//   - Accounts joined by [Accounts] are independent: each has its own events, tokens, cursors,
//     faults, rate limit and recorded requests.
//   - Every generated event has its own UUID.
//   - Items of [Simulator.Live] are served from their arrival on, by the clock of [Options]. All other
//     items are served at once.
//   - Items given to [Simulator.Append] and [Simulator.Replay] are served byte for byte, without
//     the members that version 1 leaves out.
//   - No failure is random. [Options], [Simulator.SetFault] and [Simulator.Revoke] cause every
//     failure.
//   - Every method may be called while requests are served.
//
// The real service can behave differently where its public description is silent. The lists below
// state how each behavior is known.
//
// # Documented by 1Password
//
// See https://developer.1password.com/docs/events-api and the OpenAPI file 1.2.0.
//
//   - Paths /api/v1 and /api/v2, one for each event type. Version 2 adds account_uuid and members
//     of the user or actor. A feature of the token opens each path. Without it the answer is 401.
//   - GET /api/v2/auth/introspect, without a version 1: UUID of the integration, issued_at,
//     features and account_uuid of any valid token.
//   - A request holds a cursor or a reset. A reset has limit, 1 to 1000, default 100; start_time,
//     default one hour before end_time or before now; end_time, default open.
//   - The answer holds cursor, has_more and items. It has a cursor even without items, and has_more
//     can announce a page that is empty.
//   - The cursor keeps the parameters of the request that began it.
//   - Item usages can be reported late, when an app synchronizes.
//   - 600 requests a minute and 30,000 an hour.
//   - Tokens are ES256 JSON Web Tokens. The first audience names the host.
//   - Event members, categories, types and actions, and the object types of each audit action.
//     People of other accounts act as external_user.
//   - The flat error shape ([Options].Flat).
//
// # Observed in published payloads and reports
//
//   - Error shape {"Error":{"Message":"Bad Request"}}; a plain text 404.
//   - The cursor does not change while there are no new events.
//   - Requests without Content-Type, and a start_time years before the oldest event, are accepted.
//   - UUIDs are 26 characters of base32: upper case for events, people and accounts, lower case for
//     vaults, items, groups and devices.
//   - Sign-ins and audit events have up to nine fraction digits without trailing zeros, item usages
//     have milliseconds. details is null unless there are any. The user of version 2 has a type.
//     The location is sometimes missing. Native apps send the device as platform_name and its model
//     as platform_version.
//   - Audit events have no member that does not apply, except object_uuid, which can be empty. The
//     address of the session is its ip. The location has the full name of the country. In the one
//     account seen, four of five events are delegated sessions and one of eight are changed items.
//   - The aux members of delegated sessions, changed items, reports, service accounts, their tokens
//     and group members.
//   - Member order of events, pages and introspection.
//
// # Assumed
//
//   - Cursors count insertions, belong to one event type, are valid in both versions and never
//     expire. Their text is deterministic and signed: other cursors are refused with 400.
//   - start_time and end_time compare with the timestamp of the event, start inclusive and end
//     exclusive, also after a cursor. An item without a readable timestamp is in every window.
//   - has_more means that the page was full.
//   - Unknown members, repeated members, null, both kinds of request at once and an end_time before
//     start_time are answered with 400.
//   - The text of 401, 403 and 429 answers, their precedence (token, rate, body), fixed windows of
//     the rate limit and its scope, the whole account.
//   - Tokens are not bound to the host in their audience.
//   - The types of each category, the details of firewall rules, all frequencies, and the member
//     order of version 2 item usages, of which no real payload is public.
//   - Object and aux of audit events that are not public, a session for each event, the position of
//     actor_account_uuid, and that version 1 serves the actions that came with version 2.
//   - All rates of [Simulator.Live]. A person who creates a group becomes its manager at the same
//     moment, which real events show; that the creator of a vault gets access is assumed not to be
//     reported. A pipeline, like the command line tool, is reported as server-fetch. The users of
//     service accounts and of provisioning have addresses at 1passwordserviceaccounts.com. An exported
//     vault is one action and a usage of each of its items.
//   - The clients, addresses and pace of the scenarios.
//   - The members of the lists of groups and users. Those of vaults and items are in published examples.
//   - Introspection counts towards the rate limit. Without features it returns an empty array.
//     account_uuid is the last member.
package fakeapi
