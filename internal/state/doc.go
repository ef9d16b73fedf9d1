// Package state keeps the position of one event type in a file, so that the next start goes on where this one ended.
//
// It guarantees that the file always holds a whole position that was saved: it is written beside its place, synced, and renamed. What is read back was
// written for the same event type, host and account; anything else is an error that names the file, never a silent start from another point.
//
// It does not guarantee that the file holds the newest position: saves are coalesced, so after a crash it may be a second behind, and events are read again.
package state
