// Package packaging tests what a release consists of, as a new user would try it: the archives, the
// packages with dpkg and rpm, the service with systemd, the image with podman. "go tool mage
// packagetest" builds build/dist, installs the tools and runs these tests, which have the build tag
// packaging.
//
// Real systemd runs in a container of systemd-nspawn whose root is an overlay of this machine's root.
// The simulated Events API and the output run in the test's process; containers use the network of
// the machine.
//
// It does not test macOS, Windows, SELinux, Docker or a Kubernetes cluster.
package packaging
