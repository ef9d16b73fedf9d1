package connection

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/transport/httpcommon"
)

func TestRefusalNamesWhereTheProxyIsSet(t *testing.T) {
	configured, err := httpcommon.NewHTTPClientProxySettings("http://proxy.example.com:3128", nil, false)
	require.NoError(t, err)
	cases := map[string]struct {
		settings httpcommon.HTTPClientProxySettings
		want     string
	}{
		"configuration": {*configured, "check proxy_url and proxy_headers"},
		"environment": {
			httpcommon.HTTPClientProxySettings{},
			"check the environment variable HTTPS_PROXY and proxy_headers",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			proxy := &url.URL{
				Scheme: "http",
				Host:   "proxy.example.com:3128",
				User:   url.UserPassword("someone", "open-sesame"),
			}
			check := checkConnectResponse(tc.settings)
			err := check(t.Context(), proxy, nil, &http.Response{StatusCode: http.StatusForbidden})
			require.EqualError(
				t,
				err,
				"proxy http://proxy.example.com:3128 answered CONNECT with 403 Forbidden; "+tc.want,
			)
			assert.NoError(t, check(t.Context(), proxy, nil, &http.Response{StatusCode: http.StatusOK}))
		})
	}
}
