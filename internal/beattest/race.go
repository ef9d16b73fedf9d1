//go:build race

package beattest

// raceDetector tells whether this process runs with the race detector.
const raceDetector = true
