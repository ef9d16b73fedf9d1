package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestTokenIsInNoLogHoweverTheAPIEchoesIt(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string, header ...string) func(h *testBeat) fakeapi.Fault {
		return func(h *testBeat) fakeapi.Fault {
			segments := strings.Split(h.Token, ".")
			fill := strings.NewReplacer("TOKEN", h.Token, "HOST", h.Host,
				"HEADER", segments[0], "CLAIMS", segments[1], "SIGNATURE", segments[2])
			headers := http.Header{}
			for i := 0; i < len(header); i += 2 {
				headers.Set(header[i], fill.Replace(header[i+1]))
			}
			return fakeapi.Answer(status, headers, fill.Replace(body))
		}
	}
	cases := map[string]func(h *testBeat) fakeapi.Fault{
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
			h := newTestBeat(t)
			h.Generate(2, 1)
			if fault != nil {
				h.Sim.SetFault(onSignIns(fakeapi.Times(1, fault(h))))
			}
			process := h.Start(h.everySecond(), "-e", "-d", "*", "-E", "logging.level=debug")
			h.arrived()
			h.Stop(process, os.Interrupt)
			logged := process.Logged("warn", "; retrying") || process.Logged("error", "; retrying")
			assert.Equal(t, fault != nil, logged, "the failure is logged")
			h.NoToken(process.Stdout(), "standard output")
			h.NoToken(process.Stderr(), "standard error")
		})
	}
}

func TestTokenIsInNoFileButTheConfiguration(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(20, 1)
	h.Sim.SetFault(onSignIns(fakeapi.Times(1, fakeapi.Answer(401, nil, "no such token: "+h.Token))))
	process := h.Start(h.everySecond(), "-d", "*", "-E", "logging.level=debug")
	h.arrived()
	h.Stop(process, os.Interrupt)
	logged := false
	for _, path := range h.files() {
		text, err := os.ReadFile(filepath.Join(h.Beat.Home, path))
		require.NoError(t, err)
		if path != "eventsapibeat.yml" {
			h.NoToken(string(text), path)
		}
		logged = logged || strings.HasPrefix(path, "logs") && strings.Contains(string(text), "no such token")
	}
	assert.True(t, logged, "the log is in a file")
	h.NoToken(process.Stdout(), "standard output")
	h.NoToken(process.Stderr(), "standard error")
}

func TestTokenThatIsRefusedIsNotShown(t *testing.T) {
	t.Parallel()
	cases := map[string]func(token string) string{
		"without its last segment": func(token string) string { return token[:strings.LastIndex(token, ".")] },
		"twice":                    func(token string) string { return token + "." + token },
		"with its scheme":          func(token string) string { return "Bearer " + token },
		"with a line break":        func(token string) string { return token[:40] + `\n` + token[40:] },
	}
	for name, malform := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestBeat(t)
			config := harness.Replace(t, h.published(), h.Token, malform(h.Token))
			status, process := h.Run(config, "test", "config", "-e", "-d", "*", "-E", "logging.level=debug")
			assert.Equal(t, 1, status)
			assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: is not a JSON Web Token")
			h.NoToken(process.Stderr(), "standard error")
		})
	}
}
