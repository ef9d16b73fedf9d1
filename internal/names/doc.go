// Package names gives the names of vaults, groups, items and users for their UUIDs. The names come
// from files as 1Password's command line prints them: `op vault list --format json`, and the same
// for group, item and user.
//
// Guarantees: a lookup never waits for a file. A file that is missing or damaged leaves the names
// that it had before. It is logged once until it changes.
//
// Not guaranteed: that a name is the present one. It is the one in the file.
//
// A million items take about 150 MB of memory.
package names
