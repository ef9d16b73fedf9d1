// Package config reads the Beat's section of the configuration, eventsapibeat, whose keys are those that 1Password published for its own Beat, and more.
//
// It guarantees that a configuration it accepts can be run: every value is in its range, every key is known. What is wrong is told all at once, each
// fault with its full key, its value and what is expected there. No fault quotes a token.
//
// It sends nothing, and opens only files that the configuration names, certificates and tokens, to read them: whether the host can be reached, whether
// 1Password takes the token, and whether a processor can be built, shows when the Beat runs.
package config
