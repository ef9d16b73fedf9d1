// Package version holds the versions that the Beat reports. They are set nowhere else.
package version

// Version is the version of the Beat (https://semver.org).
const Version = "1.0.0"

// ECS is the version of the Elastic Common Schema that the documents follow: ecs.version.
const ECS = "9.4.0"
