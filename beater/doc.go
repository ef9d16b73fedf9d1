// Package beater runs one poller per event type of each account between the 1Password Events API and libbeat's pipeline.
//
// It guarantees that a cursor is stored only after the output has acknowledged every event before it, so each event the API serves is delivered at least
// once; that a fault of the API, whatever it is, ends neither the process nor another poller; and that Run ends within a bounded time after Stop.
//
// It does not guarantee that an event is delivered only once: what was not acknowledged before the end is read again at the next start. The document ids
// make that invisible in Elasticsearch. An event that the output itself refuses for good counts as acknowledged in libbeat.
package beater
