//go:build !race

package harness

// raceDetector tells whether this process runs with the race detector.
const raceDetector = false
