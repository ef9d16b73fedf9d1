package main

import "github.com/eventsapibeat/eventsapibeat/test/harness"

// tokenFile is the file in the Beat's home that has the token.
const tokenFile = "token"

// tokens are scenarios in which the token is replaced while the Beat runs.
var tokens = []scenario{
	{name: "token replaced, then revoked", settings: fromTokenFile, play: replaceToken},
	{name: "token revoked, then replaced", settings: fromTokenFile, play: replaceRevokedToken},
}

var fromTokenFile = []string{"eventsapibeat.auth_token_file=" + tokenFile}

// replaceToken replaces the token before it is revoked, as 1Password recommends. Nothing is
// refused.
func replaceToken(r *scenarioRun) {
	r.readTokenFile()
	r.flow()
	old := r.Token
	r.replaceToken()
	r.waitForLog("a new token is in use")
	r.Sim.Revoke(old)
	r.burst()
}

// replaceRevokedToken replaces the token after the API has refused it.
func replaceRevokedToken(r *scenarioRun) {
	r.readTokenFile()
	r.flow()
	r.Sim.Revoke(r.Token)
	r.burst()
	r.waitForLog("1Password does not accept the token")
	r.replaceToken()
}

// readTokenFile moves the token from the configuration to the file.
func (r *scenarioRun) readTokenFile() {
	r.config = harness.Replace(r, r.config, r.Token, "")
	r.WriteFile(tokenFile, r.Token+"\n")
}

// replaceToken writes a new token to the file.
func (r *scenarioRun) replaceToken() {
	r.Token = r.NewToken()
	r.WriteFile(tokenFile, r.Token+"\n")
}
