package main

import (
	"os"
	"path/filepath"
)

// tokenFile is the file that the Beat of these scenarios takes its token from, relative to its home.
const tokenFile = "token"

// fromTokenFile has the Beat take its token from the file.
var fromTokenFile = []string{
	"eventsapibeat.auth_token=\"\"", "eventsapibeat.auth_token_file=" + tokenFile,
}

// tokens are replaced while the Beat runs.
var tokens = []scenario{
	{name: "token replaced, then revoked", settings: fromTokenFile, play: replaceToken},
	{name: "token revoked, then replaced", settings: fromTokenFile, play: replaceRevokedToken},
}

// replaceToken replaces the token before it is revoked, as 1Password advises. There is no refusal.
func replaceToken(r *round) error {
	if err := r.writeToken(); err != nil {
		return err
	}
	if err := r.flow(); err != nil {
		return err
	}
	old := r.token
	r.token = r.newToken()
	if err := r.writeToken(); err != nil {
		return err
	}
	if err := r.wait("the new token to be used", settleTimeout, func() bool { return r.logged("a new token is in use") }); err != nil {
		return err
	}
	r.sim.Revoke(old)
	r.burst()
	return nil
}

// replaceRevokedToken replaces the token after the API has refused it.
func replaceRevokedToken(r *round) error {
	if err := r.writeToken(); err != nil {
		return err
	}
	if err := r.flow(); err != nil {
		return err
	}
	r.sim.Revoke(r.token)
	r.burst()
	if err := r.wait("the token to be refused", settleTimeout, func() bool { return r.logged("1Password does not accept the token") }); err != nil {
		return err
	}
	r.token = r.newToken()
	return r.writeToken()
}

// writeToken puts the token into the file as a whole.
func (r *round) writeToken() error {
	path := filepath.Join(r.beat.Home, tokenFile)
	if err := os.WriteFile(path+".new", []byte(r.token+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
