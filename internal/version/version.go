// Package version holds the Beat's version, in the one place where it is set.
package version

// Version is the Beat's version (https://semver.org).
const Version = "1.0.0"
