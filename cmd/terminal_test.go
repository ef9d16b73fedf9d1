package cmd

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLogOnATerminalIsReadable(t *testing.T) {
	at := time.Date(2026, 2, 3, 8, 15, 42, 0, time.UTC)
	local := at.Local().Format("15:04:05")
	cases := map[string]struct{ line, want string }{
		"entry": {
			`{"log.level":"info","@timestamp":"2026-02-03T08:15:42.123Z","log.logger":"eventsapibeat","log.origin":{"file.line":3},` +
				`"message":"collecting events","service.name":"eventsapibeat","event_type":"auditevents","stored_cursor":true,` +
				`"url":"https://events.example.com","ecs.version":"1.6.0"}`,
			local + ` INFO  [eventsapibeat] collecting events  event_type=auditevents  stored_cursor=true  url=https://events.example.com`,
		},
		"offset of the time zone": {
			`{"log.level":"warn","@timestamp":"2026-02-03T17:15:42.123+0900","message":"late"}`,
			local + ` WARN  late`,
		},
		"texts with spaces, numbers, objects": {
			`{"log.level":"error","@timestamp":"2026-02-03T08:15:42.123Z","message":"m","error":{"message":"a \"b\""},"n":12,"t":"two words","e":""}`,
			local + ` ERROR m  e=""  error={"message":"a \"b\""}  n=12  t="two words"`,
		},
		"texts that control a terminal": {
			`{"log.level":"info","@timestamp":"2026-02-03T08:15:42.123Z","message":"a\u001b[2Jb","x":"\u009b2J","y":["\u001b"],"\u001b":1}`,
			local + ` INFO  "a\x1b[2Jb"  "\x1b"=1  x="\u009b2J"  y=["\u001b"]`,
		},
		"metrics of libbeat": {
			`{"log.level":"info","@timestamp":"2026-02-03T08:15:42.123Z","message":"Non-zero metrics","monitoring":{"a":{"b":1}}}`,
			local + ` INFO  Non-zero metrics`,
		},
		"no JSON":         {`Exiting: no outputs`, `Exiting: no outputs`},
		"JSON of another": {`{"a":1}`, `{"a":1}`},
		"no level":        {`{"message":"m"}`, `{"message":"m"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			writeReadable(&out, strings.NewReader(tc.line+"\nnext"))
			assert.Equal(t, tc.want+"\nnext", out.String())
		})
	}
}
