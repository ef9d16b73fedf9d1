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

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

func TestTokenIsInNoLogHoweverTheAPIEchoesIt(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string, header ...string) func(r *bench) fakeapi.Fault {
		return func(r *bench) fakeapi.Fault {
			segments := strings.Split(r.Token, ".")
			fill := strings.NewReplacer("TOKEN", r.Token, "HOST", r.Host, "HEADER", segments[0], "CLAIMS", segments[1], "SIGNATURE", segments[2])
			headers := http.Header{}
			for i := 0; i < len(header); i += 2 {
				headers.Set(header[i], fill.Replace(header[i+1]))
			}
			return fakeapi.Answer(status, headers, fill.Replace(body))
		}
	}
	cases := map[string]func(r *bench) fakeapi.Fault{
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
			r := newBench(t)
			r.Generate(2, 1)
			if fault != nil {
				r.Sim.SetFault(onSignIns(fakeapi.Times(1, fault(r))))
			}
			process := r.Start(r.impatient(), "-e", "-d", "*", "-E", "logging.level=debug")
			r.arrived()
			r.Stop(process, os.Interrupt)
			told := slices.ContainsFunc(process.Logs(), func(entry harness.LogEntry) bool { return strings.HasSuffix(entry.Message, "; retrying") })
			assert.Equal(t, fault != nil, told, "the fault is told")
			r.isSecret(process.Stdout(), "standard output")
			r.isSecret(process.Stderr(), "standard error")
		})
	}
}

// isSecret says that a text holds no segment of the token.
func (r *bench) isSecret(text, where string) {
	r.T.Helper()
	for segment := range strings.SplitSeq(r.Token, ".") {
		if _, rest, found := strings.Cut(text, segment); found {
			before := text[:len(text)-len(rest)-len(segment)]
			line := before[strings.LastIndex(before, "\n")+1:]
			assert.Fail(r.T, "a segment of the token is not secret", "%s, line: %s…", where, line)
		}
	}
}

func TestTokenIsInNoFileButTheConfiguration(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(20, 1)
	r.Sim.SetFault(onSignIns(fakeapi.Times(1, fakeapi.Answer(401, nil, "no such token: "+r.Token))))
	process := r.Start(r.impatient(), "-d", "*", "-E", "logging.level=debug")
	r.arrived()
	r.Stop(process, os.Interrupt)
	told := false
	for _, path := range r.files() {
		text, err := os.ReadFile(filepath.Join(r.Beat.Home, path))
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
	cases := map[string]func(token string) string{
		"without its last segment": func(token string) string { return token[:strings.LastIndex(token, ".")] },
		"twice":                    func(token string) string { return token + "." + token },
		"with its scheme":          func(token string) string { return "Bearer " + token },
		"with a line break":        func(token string) string { return token[:40] + `\n` + token[40:] },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBench(t)
			status, process := r.Run(rig.Replace(t, r.published(), r.Token, spoil(r.Token)), "test", "config", "-e", "-d", "*", "-E", "logging.level=debug")
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: is not a JSON Web Token")
			r.isSecret(process.Stderr(), "standard error")
		})
	}
}
