package harness

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrivilegeCheckForwardsWhatTheRoleAllows(t *testing.T) {
	writer := Role{
		Cluster: []string{"monitor"},
		Indices: []IndicesPrivileges{{Names: []string{"our-*"}, Privileges: []string{"auto_configure", "create_doc"}}},
	}
	installer := Role{
		Cluster: []string{"manage_index_templates", "manage_ilm"},
		Indices: []IndicesPrivileges{{Names: []string{"our"}, Privileges: []string{"view_index_metadata"}}},
	}
	creates := Role{Indices: []IndicesPrivileges{{Names: []string{"our-*"}, Privileges: []string{"create_doc"}}}}
	const ours, theirs = `{"create":{"_index":"our-1"}}` + "\n{}\n", `{"create":{"_index":"their-1"}}` + "\n{}\n"
	cases := map[string]struct {
		role                 Role
		method, target, body string
		want                 int
	}{
		"root":                      {writer, http.MethodGet, "/", "", 200},
		"root without monitor":      {installer, http.MethodGet, "/", "", 403},
		"licence":                   {writer, http.MethodGet, "/_license?human=false", "", 200},
		"create":                    {writer, http.MethodPost, "/_bulk", ours, 200},
		"create elsewhere":          {writer, http.MethodPost, "/_bulk", theirs, 403},
		"create here and elsewhere": {writer, http.MethodPost, "/_bulk", ours + theirs, 403},
		"index": {
			writer,
			http.MethodPost,
			"/_bulk",
			`{"index":{"_index":"our-1"}}` + "\n{}\n",
			403,
		},
		"create without auto_configure": {creates, http.MethodPost, "/_bulk", ours, 403},
		"template asked for by writer":  {writer, http.MethodHead, "/_index_template/our", "", 403},
		"template asked for":            {installer, http.MethodHead, "/_index_template/our", "", 200},
		"template put":                  {installer, http.MethodPut, "/_index_template/our", "{}", 200},
		"policy put":                    {installer, http.MethodPut, "/_ilm/policy/our", "{}", 200},
		"policy put by writer":          {writer, http.MethodPut, "/_ilm/policy/our", "{}", 403},
		"data stream asked for":         {installer, http.MethodGet, "/_data_stream/our", "", 200},
		"data stream made":              {installer, http.MethodPut, "/_data_stream/our", "", 403},
		"search":                        {writer, http.MethodGet, "/our-1/_search", "", 403},
		"deletion":                      {writer, http.MethodDelete, "/_data_stream/our-1", "", 403},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var passed string
			check, err := NewPrivilegeCheck(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				content, err := readBody(r)
				assert.NoError(t, err)
				passed = string(content)
			}), tc.role)
			require.NoError(t, err)
			answer := httptest.NewRecorder()
			check.ServeHTTP(answer, httptest.NewRequest(tc.method, tc.target, strings.NewReader(tc.body)))
			assert.Equal(t, tc.want, answer.Code)
			if tc.want == http.StatusOK {
				assert.Equal(t, tc.body, passed, "the body can still be read")
				assert.Empty(t, check.Refused())
				return
			}
			assert.Contains(t, answer.Body.String(), "security_exception")
			assert.Equal(t, []string{tc.method + " " + strings.Split(tc.target, "?")[0]}, check.Refused())
		})
	}
}

func TestPrivilegeCheckRefusesUnknownPrivileges(t *testing.T) {
	for _, role := range []Role{
		{Cluster: []string{"create_doc"}},
		{Indices: []IndicesPrivileges{{Names: []string{"*"}, Privileges: []string{"manage_index_templates"}}}},
	} {
		_, err := NewPrivilegeCheck(http.NotFoundHandler(), role)
		assert.ErrorContains(t, err, "unknown")
	}
}
