package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// stateDir is where the Beat of these scenarios keeps its state files, relative to path.data.
const stateDir = "state"

// inStateDir has the Beat keep its state files there.
var inStateDir = forAllTypes("eventsapibeat.%s.cursor_state_file=" + stateDir + "/%s")

// states are troubles with the state files.
var states = []scenario{
	{name: "state: not writable, then SIGKILL", settings: inStateDir, play: stateUnwritable(true, (*round).kill)},
	{name: "state: not writable at SIGKILL", settings: inStateDir, play: stateUnwritable(false, (*round).kill)},
	{name: "state: not writable at SIGINT", settings: inStateDir, play: stateUnwritable(false, interrupted)},
	{name: "state: stored cursor refused", play: reread(storedCursorRefused)},
	{name: "clock: an hour back, of API and state files", play: reread(clockBack)},
}

// stateUnwritable keeps the Beat from writing its state for a while and ends it, after that while or in it.
func stateUnwritable(healed bool, end func(*round) error) func(*round) error {
	return func(r *round) error {
		fault, err := r.fullDisk(stateDir, 64<<10, away)
		if err != nil {
			return err
		}
		if err := r.flow(); err != nil {
			return err
		}
		if err := fault.fail(); err != nil {
			return err
		}
		r.burst()
		if err := r.wait("the state not to be stored", settleTimeout, func() bool { return r.logged("the cursor can't be stored") }); err != nil {
			return err
		}
		if healed {
			if err := fault.restore(); err != nil {
				return err
			}
			if err := r.wait("the state to be stored again", settleTimeout, func() bool { return r.logged("the cursor is stored again") }); err != nil {
				return err
			}
		}
		r.burst()
		r.pause(2 * time.Second)
		if err := end(r); err != nil {
			return err
		}
		if !healed {
			if err := fault.restore(); err != nil {
				return err
			}
		}
		return r.start()
	}
}

// storedCursorRefused has the Beat start with cursors that the API does not know.
func storedCursorRefused(r *round) error {
	if err := r.flow(); err != nil {
		return err
	}
	if err := r.wait("the state to be stored", settleTimeout, r.stored); err != nil {
		return err
	}
	if err := r.kill(); err != nil {
		return err
	}
	if err := r.editStates(func(state map[string]any) { state["cursor"] = "of another age" }); err != nil {
		return err
	}
	r.burst()
	if err := r.run(); err != nil {
		return err
	}
	return r.wait("the cursor to be refused", settleTimeout, func() bool { return r.logged("the Events API refuses the cursor") })
}

// clockBack has events arrive that are an hour older than those before, and the Beat start with a state of which all times are an hour ahead, and with a
// cursor that is refused, so that these times matter.
func clockBack(r *round) error {
	if err := r.flow(); err != nil {
		return err
	}
	r.ahead.Store(-int64(time.Hour))
	if err := r.wait("the state to be stored", settleTimeout, r.stored); err != nil {
		return err
	}
	r.pause(3 * time.Second)
	if err := r.kill(); err != nil {
		return err
	}
	err := r.editStates(func(state map[string]any) {
		for _, member := range []string{"newest_event", "written"} {
			if at, err := time.Parse(time.RFC3339, state[member].(string)); err == nil {
				state[member] = at.Add(time.Hour).Format(time.RFC3339Nano)
			}
		}
		state["cursor"] = "of another age"
	})
	if err != nil {
		return err
	}
	r.burst()
	return r.run()
}

// statePaths are the paths of the state files of the published configuration.
func (r *round) statePaths() []string {
	var paths []string
	for _, eventType := range eventTypes {
		paths = append(paths, filepath.Join(r.beat.Home, "data", eventType+".eventsapibeatstate"))
	}
	return paths
}

// stored tells whether each event type has a state file.
func (r *round) stored() bool {
	for _, path := range r.statePaths() {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	return true
}

// editStates changes the state files of a Beat that has ended.
func (r *round) editStates(edit func(state map[string]any)) error {
	for _, path := range r.statePaths() {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var state map[string]any
		if err := json.Unmarshal(text, &state); err != nil {
			return err
		}
		edit(state)
		if text, err = json.Marshal(state); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
