// Package state persists the position of one event type in a file.
//
// Guarantees:
//   - The file always contains one complete position that was saved. A write goes to a temporary file in
//     the same directory, which is synced and renamed. On Windows the rename has two steps; Load
//     repairs what a crash between them leaves.
//   - A position is used only for the event type, host and account for which it was stored. Content that
//     Load cannot use is an error that names the file, never a silent start at another position.
//   - The position of 1Password's own Beat is taken over once. Its file is kept, and is not read
//     again when the state file is moved away.
//
// Not guaranteed:
//   - The file may be older than the newest position: by one second, or longer while writes fail.
//     After a crash the events in between are read again.
//   - Nothing prevents two processes from using the same file. libbeat locks path.data only, so two
//     Beats with different data paths can overwrite the same absolute cursor_state_file.
//   - On Windows, if path.old was left behind because it could not be removed, moving the state file
//     away brings back the position in path.old.
package state
