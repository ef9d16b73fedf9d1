package beater

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestEveryOptionOfTheReferenceTakesEffectOrIsRejected(t *testing.T) {
	proofs := map[string]func(*testing.T){}
	for _, general := range []map[string]func(*testing.T){generalProofs, tlsProofs, proxyProofs} {
		for name, proof := range general {
			proofs["eventsapibeat."+name] = proof
		}
	}
	for _, row := range eventtype.All {
		for name, proof := range eventTypeProofs {
			proofs["eventsapibeat."+row.Section+"."+name] = func(t *testing.T) {
				proof(&eventTypeRig{newRig(t), string(row.Name), row.Section})
			}
		}
	}
	assert.Equal(
		t,
		referenceOptions(t),
		slices.Sorted(maps.Keys(proofs)),
		"every option has a proof, and every proof an option",
	)
	for name, proof := range proofs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proof(t)
		})
	}
}

// disabledSetting matches the start of a line of the reference that is an option commented out. In
// a line that is a comment, one space follows the "#".
var disabledSetting = regexp.MustCompile(`(?m)^( *)#(\w|  +[-\w])`)

// referenceOptions are the full names of all options in the section eventsapibeat of
// eventsapibeat.reference.yml, sorted.
func referenceOptions(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "eventsapibeat.reference.yml"))
	require.NoError(t, err)
	section, _, found := strings.Cut(string(text), "= General =")
	require.True(t, found)
	var config struct{ Eventsapibeat map[string]any }
	require.NoError(t, yaml.Unmarshal([]byte(disabledSetting.ReplaceAllString(section, "$1$2")), &config))
	var options []string
	for name, value := range config.Eventsapibeat {
		if !slices.ContainsFunc(eventtype.All, func(row eventtype.Type) bool { return row.Section == name }) {
			options = append(options, "eventsapibeat."+name)
			continue
		}
		for option := range value.(map[string]any) {
			options = append(options, "eventsapibeat."+name+"."+option)
		}
	}
	slices.Sort(options)
	return options
}

// reads says that a Beat with this configuration gets an event.
func (r *rig) reads(text string) {
	r.t.Helper()
	r.generate(1)
	r.start(text)
	r.eventually(func() bool { return len(r.out.received()) > 0 }, "an event arrives")
}

// fails says that a Beat with this configuration can't read the API, and that the log says why.
func (r *rig) fails(text, why string) {
	r.t.Helper()
	r.generate(1)
	r.start(text)
	const message = "; retrying"
	r.eventually(func() bool { return r.logged(message) > 0 || len(r.out.received()) > 0 }, "there is an error")
	require.Empty(r.t, r.out.received(), "it should have failed: %s", why)
	assert.Contains(r.t, fmt.Sprint(r.logs.FilterMessageSnippet(message).All()[0].ContextMap()["error"]), why)
}

// rejects says that there is no Beat with this configuration, and that the error says why.
func (r *rig) rejects(text, why string) {
	r.t.Helper()
	_, _, err := r.create(text)
	require.ErrorContains(r.t, err, why)
}

// with is a configuration of one event type, with general options.
func (r *rig) with(general string) string {
	return fmt.Sprintf("%s\nsignin_attempts: {auth_token: %s, sample_frequency: 1s}\n", general, r.token(signIns))
}

// generalProofs prove the options that hold for all event types, beside TLS and proxy.
var generalProofs = map[string]func(*testing.T){
	"insecure_skip_verify": func(t *testing.T) {
		r := newRig(t)
		r.reads(r.with("insecure_skip_verify: true"))
		assert.Equal(t, 1, r.logged("the certificate of the Events API is not verified"))
		r = newRig(t)
		r.fails(r.with("insecure_skip_verify: false"), "certificate signed by unknown authority")
		assert.Zero(t, r.logged("is not verified"))
		assert.Equal(t, 1, r.logged("the certificate of the Events API or of the proxy is not trusted; if a proxy"))
		r.rejects(
			r.with("insecure_skip_verify: perhaps"),
			`insecure_skip_verify: "perhaps" is not valid; expected a value such as false`,
		)
	},
	"timeout": func(t *testing.T) {
		r := newRig(t)
		r.sim.SetFault(fakeapi.Hang(nil))
		r.fails(r.with("insecure_skip_verify: true\ntimeout: 50ms"), "Client.Timeout exceeded")
		r.rejects(r.with("timeout: 0s"), "timeout: 0s is not above 0")
		r.rejects(r.with("timeout: long"), "timeout")
	},
	"idle_connection_timeout": func(t *testing.T) {
		closes := newTLSRig(t)
		closes.start(closes.with("insecure_skip_verify: true\nidle_connection_timeout: 1ms"))
		closes.eventually(func() bool { return closes.opened.Load() >= 3 }, "polls open new connections")
		keeps := newTLSRig(t)
		keeps.start(keeps.with("insecure_skip_verify: true\nidle_connection_timeout: 0s"))
		keeps.eventually(func() bool { return len(keeps.sim.Requests()) >= 3 }, "three polls")
		assert.EqualValues(t, 1, keeps.opened.Load())
		r := newRig(t)
		r.rejects(r.with("idle_connection_timeout: -1s"), "idle_connection_timeout: -1s is below 0")
		r.rejects(r.with("idle_connection_timeout: long"), "idle_connection_timeout")
	},
	"rate_limit.per_minute": func(t *testing.T) {
		limitsRequests(t, "rate_limit.per_minute: 60", 1)
		newRig(t).rejects("rate_limit.per_minute: 0", "rate_limit.per_minute: 0 is not above 0")
	},
	"rate_limit.per_hour": func(t *testing.T) {
		limitsRequests(t, "rate_limit.per_hour: 2000", 40)
		newRig(t).rejects("rate_limit.per_hour: 0", "rate_limit.per_hour: 0 is not above 0")
	},
	"auth_token": func(t *testing.T) {
		r := newRig(t)
		above, own := r.token(itemUsages, auditEvents), r.token(signIns)
		r.start(
			fmt.Sprintf(
				"insecure_skip_verify: true\nauth_token: %s\nsignin_attempts: {auth_token: %s}\nitem_usages: {auth_token: ''}\naudit_events: {}\n",
				above,
				own,
			),
		)
		r.eventually(func() bool {
			paths := map[string]bool{}
			for _, request := range r.sim.Requests() {
				paths[request.Path] = true
			}
			return len(paths) == 3
		}, "each event type is asked for")
		for _, request := range r.sim.Requests() {
			want := above
			if request.Path == "/api/v2/"+signIns {
				want = own // the one in the event type wins
			}
			assert.Equal(t, "Bearer "+want, request.Header.Get("Authorization"))
		}
		assert.Len(t, r.sim.Introspections(), 2, "each token is asked about once")
		r.rejects("auth_token: nonsense\nsignin_attempts: {}", "auth_token: is not a JSON Web Token")
	},
	"auth_token_file": func(t *testing.T) {
		r := newRig(t)
		path := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(path, []byte(r.token(signIns)), 0o600))
		r.reads("insecure_skip_verify: true\nauth_token_file: " + path + "\nsignin_attempts: {}\n")
		r.rejects(
			"auth_token_file: "+r.token(signIns)+"\nsignin_attempts: {}",
			`auth_token_file: "[hidden token]" is a token`,
		)
	},
	"organization_name": func(t *testing.T) {
		r := newRig(t)
		r.reads(r.with("insecure_skip_verify: true\norganization_name: Example Ltd"))
		assert.Equal(t, "Example Ltd", field(r.out.received()[0], "organization.name"))
		r.rejects(r.with("organization_name: {a: b}"), "organization_name: a list or mapping is not valid")
	},
	"accounts": func(t *testing.T) {
		r := newRig(t)
		r.reads(
			"insecure_skip_verify: true\naccounts: [{name: example-ca, auth_token: " + r.token(
				signIns,
			) + ", organization_name: Example Canada, signin_attempts: {}}]",
		)
		event := r.out.received()[0]
		assert.Equal(t, "example-ca", field(event, "labels.account"))
		assert.Equal(t, "Example Canada", field(event, "organization.name"))
		r.eventually(
			func() bool { return r.storedCursor("example-ca-"+signIns) != "" },
			"the cursor is stored under the account's name",
		)
		r.rejects("accounts: [{name: Example}]", `accounts.0.name: "Example" is not valid`)
	},
	"names": func(t *testing.T) {
		r := newRig(t)
		r.generate(1)
		var item struct {
			User struct{ UUID string } `json:"target_user"`
		}
		require.NoError(t, json.Unmarshal(r.sim.Items(signIns)[0], &item))
		path := filepath.Join(t.TempDir(), "users.json")
		users := fmt.Sprintf(`[{"id": %q, "name": "Not this"}]`, item.User.UUID)
		require.NoError(t, os.WriteFile(path, []byte(users), 0o600))
		r.reads(r.with("insecure_skip_verify: true\nnames: [missing.json, " + path + "]"))
		assert.Equal(t, 1, r.logged("names read"))
		assert.Equal(t, 1, r.logged("cannot read names"), "a missing list does not prevent the start")
		assert.NotEqual(t, "Not this", field(r.out.received()[0], "user.full_name"), "the item has a name")
		r.rejects(r.with("names: ['[']"), `names.0: "[" is not valid`)
	},
	"collection_status.enabled": func(t *testing.T) {
		r := newRig(t)
		r.start(r.with("insecure_skip_verify: true\ncollection_status: {enabled: true, period: 1s}"))
		r.eventually(func() bool { return len(r.out.ids("collection")) > 0 }, "the status arrives")
		r.rejects(r.with("collection_status.enabled: perhaps"), "collection_status.enabled")
	},
	"collection_status.period": func(t *testing.T) {
		r := newRig(t)
		r.start(r.with("insecure_skip_verify: true\ncollection_status: {enabled: true, period: 2s}"))
		r.eventually(func() bool { // a busy machine may leave out a period
			var before int
			for _, id := range r.out.ids("collection") { // ends with the second at which its period begins
				begins, _ := strconv.Atoi(id[strings.LastIndex(id, "-")+1:])
				if begins-before == 2 {
					return true
				}
				before = begins
			}
			return false
		}, "there are documents of two periods")
		r.rejects(r.with("collection_status.period: 999ms"), "collection_status.period: 999ms is below 1s")
	},
	"shutdown_timeout": func(t *testing.T) {
		r := newRig(t)
		r.generate(5)
		r.out.hold()
		r.start(r.with("insecure_skip_verify: true\nshutdown_timeout: 10ms"))
		r.eventually(func() bool { return len(r.out.received()) > 0 }, "events reach the output")
		start := time.Now()
		require.NoError(t, r.stop())
		assert.Less(t, time.Since(start), 5*time.Second, "the default of 5s alone takes longer")
		r.rejects("shutdown_timeout: -1s", "shutdown_timeout: -1s is below 0")
	},
}

// limitsRequests says that with the option, which allows so many requests at once and then one a
// second or less, three more take their time.
func limitsRequests(t *testing.T, option string, atOnce int) {
	t.Helper()
	r := newRig(t)
	r.generate(atOnce + 5)
	begin := time.Now() // the first request may arrive late
	r.start(
		fmt.Sprintf(
			"insecure_skip_verify: true\n%s\nsignin_attempts: {auth_token: %s, starting_cursor: {limit: 1, start_time: 2020-01-01T00:00:00Z}}\n",
			option,
			r.token(signIns),
		),
	)
	r.eventually(func() bool { return len(r.sim.Requests()) >= atOnce+3 }, "pages are read")
	assert.Greater(t, r.sim.Requests()[atOnce+2].Time.Sub(begin), 2900*time.Millisecond)
}
