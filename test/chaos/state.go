package main

import (
	"encoding/json"
	"os"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// stateDir is the directory of the state files in some scenarios, relative to path.data.
const stateDir = "state"

// inStateDir are the settings for state files in that directory.
var inStateDir = func() (settings []string) {
	for _, t := range eventtype.All {
		settings = append(settings, "eventsapibeat."+t.Section+".cursor_state_file="+stateDir+"/"+t.StateFile())
	}
	return settings
}()

// states are scenarios about state files.
var states = []scenario{
	{name: "state: not writable, then SIGKILL", settings: inStateDir, play: stateUnwritable(true, (*scenarioRun).kill)},
	{name: "state: not writable at SIGKILL", settings: inStateDir, play: stateUnwritable(false, (*scenarioRun).kill)},
	{
		name:     "state: not writable at SIGINT",
		settings: inStateDir,
		play:     stateUnwritable(false, (*scenarioRun).interrupt),
	},
	{name: "state: stored cursor refused", play: reread(storedCursorRefused)},
	{name: "clock: an hour back, of API and state files", play: reread(clockBack)},
}

// stateUnwritable makes writing the state fail for a while. It ends the Beat after the state can be
// written again if recovers is set, otherwise before.
func stateUnwritable(recovers bool, end func(*scenarioRun)) func(*scenarioRun) {
	return func(r *scenarioRun) {
		disk := r.fullDisk(stateDir, 64<<10, away)
		r.flow()
		disk.fail()
		r.burst()
		r.waitForLog("cannot store the cursor")
		if recovers {
			disk.recover()
			r.waitForLog("the cursor is stored after failures")
		}
		r.burst()
		r.pause(2 * time.Second)
		end(r)
		if !recovers {
			disk.recover()
		}
		r.start()
	}
}

// storedCursorRefused starts the Beat with cursors that the API does not accept.
func storedCursorRefused(r *scenarioRun) {
	r.flow()
	r.wait("the state is stored", r.stored)
	r.kill()
	r.editStates(func(state map[string]any) { state["cursor"] = "unknown" })
	r.burst()
	r.run()
	r.waitForLog("the Events API refuses the cursor")
}

// clockBack generates events that are an hour older than those before. Then it starts the Beat with
// a state whose times are an hour ahead, and with a cursor that is refused, so that the Beat needs
// these times.
func clockBack(r *scenarioRun) {
	r.flow()
	r.ahead.Store(-int64(time.Hour))
	r.wait("the state is stored", r.stored)
	r.pause(3 * time.Second)
	r.kill()
	r.editStates(func(state map[string]any) {
		for _, name := range []string{"newest_event", "written"} {
			if at, err := time.Parse(time.RFC3339, state[name].(string)); err == nil {
				state[name] = at.Add(time.Hour).Format(time.RFC3339Nano)
			}
		}
		state["cursor"] = "unknown"
	})
	r.burst()
	r.run()
}

// stored reports whether each event type has a state file in the published place.
func (r *scenarioRun) stored() bool { return len(r.StateFiles()) == len(harness.EventTypes) }

// editStates changes the state files while the Beat does not run.
func (r *scenarioRun) editStates(edit func(state map[string]any)) {
	for _, path := range r.StateFiles() {
		text, err := os.ReadFile(path)
		require.NoError(r, err)
		var state map[string]any
		require.NoError(r, json.Unmarshal(text, &state))
		edit(state)
		text, err = json.Marshal(state)
		require.NoError(r, err)
		require.NoError(r, os.WriteFile(path, text, 0o600))
	}
}
