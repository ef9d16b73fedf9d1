package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/beattest"
	"github.com/eventsapibeat/eventsapibeat/internal/eventsim"
)

func TestTokenIsInNoLogHoweverTheAPIEchoesIt(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string, header ...string) func(r *rig) eventsim.Fault {
		return func(r *rig) eventsim.Fault {
			segments := strings.Split(r.token, ".")
			fill := strings.NewReplacer("TOKEN", r.token, "HOST", r.host, "HEADER", segments[0], "CLAIMS", segments[1], "SIGNATURE", segments[2])
			headers := http.Header{}
			for i := 0; i < len(header); i += 2 {
				headers.Set(header[i], fill.Replace(header[i+1]))
			}
			return eventsim.Answer(status, headers, fill.Replace(body))
		}
	}
	cases := map[string]func(r *rig) eventsim.Fault{
		"not at all":                      nil,
		"in the message":                  answer(401, `{"status":401,"message":"no such token: TOKEN"}`),
		"in the nested message":           answer(400, `{"Error":{"Message":"Bad Request by TOKEN"}}`),
		"escaped in the message":          answer(400, `{"message":"bad header \"Bearer TOKEN\" at \u003cHOST\u003e"}`),
		"in plain text":                   answer(500, "Authorization: Bearer TOKEN\n"),
		"by segments":                     answer(401, `{"message":"bad signature SIGNATURE of HEADER . CLAIMS"}`),
		"cut off":                         answer(401, `{"message":"bad claims in HEADER.CLAIMS"}`),
		"where the message is cut off":    answer(502, strings.Repeat("x", 280)+"TOKEN"),
		"in an answer that is no page":    answer(200, `TOKEN`),
		"in a page of another shape":      answer(200, `{"cursor": ["TOKEN"], "has_more": "TOKEN", "items": "TOKEN"}`),
		"in a redirect to another host":   answer(307, "", "Location", "https://events.example.com/TOKEN?token=TOKEN"),
		"in a redirect to itself":         answer(307, "", "Location", "https://HOST/TOKEN?token=TOKEN"),
		"in a redirect to a closed port":  answer(308, "", "Location", "https://TOKEN@127.0.0.1:1/?token=TOKEN"),
		"in a redirect that is no URL":    answer(307, "", "Location", "https://[TOKEN/"),
		"in a redirect that loses a POST": answer(302, "moved to TOKEN", "Location", "/elsewhere?token=TOKEN"),
		"in the headers of a page":        answer(200, "", "Content-Type", "TOKEN", "Content-Encoding", "TOKEN"),
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(2, 1)
			if fault != nil {
				r.sim.SetFault(onSignIns(eventsim.Times(1, fault(r))))
			}
			process := r.start(r.impatient(), "-e", "-d", "*", "-E", "logging.level=debug")
			r.arrived()
			r.stop(process, os.Interrupt)
			told := slices.ContainsFunc(process.Logs(), func(entry beattest.LogEntry) bool { return strings.HasSuffix(entry.Message, "; trying again") })
			assert.Equal(t, fault != nil, told, "the fault is told")
			r.isSecret(process.Stdout(), "standard output")
			r.isSecret(process.Stderr(), "standard error")
		})
	}
}

// isSecret says that a text holds no segment of the token.
func (r *rig) isSecret(text, where string) {
	r.t.Helper()
	for segment := range strings.SplitSeq(r.token, ".") {
		if _, rest, found := strings.Cut(text, segment); found {
			before := text[:len(text)-len(rest)-len(segment)]
			line := before[strings.LastIndex(before, "\n")+1:]
			assert.Fail(r.t, "a segment of the token is not secret", "%s, line: %s…", where, line)
		}
	}
}

func TestTokenIsInNoFileButTheConfiguration(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(20, 1)
	r.sim.SetFault(onSignIns(eventsim.Times(1, eventsim.Answer(401, nil, "no such token: "+r.token))))
	process := r.start(r.impatient(), "-d", "*", "-E", "logging.level=debug")
	r.arrived()
	r.stop(process, os.Interrupt)
	told := false
	for _, path := range r.files() {
		text, err := os.ReadFile(filepath.Join(r.beat.Home, path))
		require.NoError(t, err)
		if path != "eventsapibeat.yml" {
			r.isSecret(string(text), path)
		}
		told = told || strings.HasPrefix(path, "logs") && strings.Contains(string(text), "no such token")
	}
	assert.True(t, told, "the log is in a file")
	r.isSecret(process.Stdout(), "standard output")
	r.isSecret(process.Stderr(), "standard error")
}

func TestTokenThatIsRefusedIsNotShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	cases := map[string]string{
		"without its last segment": r.token[:strings.LastIndex(r.token, ".")],
		"twice":                    r.token + "." + r.token,
		"with its scheme":          "Bearer " + r.token,
		"with a line break":        r.token[:40] + `\n` + r.token[40:],
	}
	for name, token := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := *r
			own.t, own.beat = t, newRig(t).beat
			status, process := own.run(replace(t, r.published(), r.token, token), "test", "config", "-e", "-d", "*", "-E", "logging.level=debug")
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: is not a JSON Web Token")
			own.isSecret(process.Stderr(), "standard error")
		})
	}
}
