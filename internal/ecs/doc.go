// Package ecs maps items of the 1Password Events API to events in the Elastic Common Schema (ECS)
// that libbeat can publish. Package version holds the version of ECS.
//
// # Guarantees
//
// [Mapper.Map] returns exactly one event for each item, whatever bytes the item holds. It returns
// no error and does not panic. An item that is not a JSON object, or that has no usable timestamp,
// becomes an event of kind pipeline_error that carries the item in event.original.
//
// No value of an item is lost. Each event type has a table that says which members become which
// fields. Map finds the values of these members in one pass and moves them to their fields. Members
// that are not in the table, and values that their field cannot hold, are published under
// onepassword.unmapped and reported in the [Document]. Values that Elasticsearch would reject there
// are published as JSON text in onepassword.unmapped_json. No member can make Elasticsearch reject
// a document.
//
// A member that is absent, null, an empty string, or an object or array without any value creates
// no field. [Options.KeepNull] is the exception for nulls. Zero is a value.
//
// The message of an event is one English sentence in one line, shorter than 1,000 characters. Texts
// of the item in it, such as names that users choose, are shortened and cannot imitate the rest of
// the sentence. An event of kind pipeline_error has no message.
//
// The same item always gets the same document ID, so that Elasticsearch recognizes an item that is
// published twice. The values of an event are map[string]any, string, bool, int64, uint64, float64,
// [time.Time], []string and []any, so that libbeat's event normalization can stay off. Events share
// no memory with the item or with each other.
//
// # Limits
//
// If an object has two members of the same name, the last one counts. Bytes that are not UTF-8
// become U+FFFD. Times are kept to the nanosecond. IP addresses and country codes are normalized:
// 192.0.2.1 for ::ffff:192.0.2.1, GB for UK. A country whose name is not known gets no code.
//
// Values that 1Password does not document are not validated: an unknown action is published as any
// other. Only for audit events [Document.UnknownAction] reports it, because event.category and
// event.type of an audit event depend on the action.
package ecs
