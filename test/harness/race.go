//go:build race

package harness

// raceDetector reports whether this process runs with the race detector.
const raceDetector = true
