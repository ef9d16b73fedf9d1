// Package names gives the names of vaults, groups, items and users for their UUIDs. The names come
// from files as 1Password's command line prints them: `op vault list --format json`, and the same
// for group, item and user.
//
// Guarantees: a lookup never waits for a file. A file that is missing or damaged leaves the names
// that it had before. It is logged once until it changes. The names of a file that is gone come after
// those of all others, and are dropped when a file under a new path is read. So there are never more
// tables in memory than files that existed at the same time.
//
// Not guaranteed: that a name is the present one. It is the one in the file.
//
// A million items with titles of 25 characters take about 150 MB of memory.
package names
