// Package ecs maps the items of the 1Password Events API to events in the Elastic Common Schema (ECS 9.4), ready to be published through libbeat.
//
// # What it guarantees
//
// Every item gives exactly one event, whatever its bytes are: mapping returns no error and does not panic. An item that is no JSON object, or has no usable
// timestamp, becomes an event of kind pipeline_error that carries the item in event.original.
//
// Nothing an item holds is lost. An item is decoded to a tree; rules take members out of the tree and put them on fields; what no rule took, or what its
// field cannot hold, is published under onepassword.unmapped, and told in the [Document]. What Elasticsearch would refuse there is published as JSON text in
// onepassword.unmapped_json, so that no member, however odd, can make Elasticsearch reject a document.
//
// A member that is absent, null, empty text, or an object or array without any value leaves no field behind; [Options] tells the exception. A zero is a
// value.
//
// The same item always gets the same document id, so that an item read twice can be recognised. The values of an event are [mapstr.M], string, bool, int64,
// uint64, float64, [time.Time], []string and []any, so that libbeat's event normalisation can stay off. Events share no memory with the item or each other.
//
// # What it does not guarantee
//
// Of two members with one name in one object, the last counts. Bytes that are no UTF-8 become U+FFFD. Times are kept to the nanosecond, and an IP address or
// country code may be written differently than it was sent: 192.0.2.1 for ::ffff:192.0.2.1, GB for UK. A country whose name is not known has no code. Members
// and values that 1Password does not document are not checked: an unknown action is an action. Only of audit events it is told, since what they mean is known
// by their action.
package ecs
