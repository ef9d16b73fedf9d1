package dashboards

import (
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repositoryWith returns a repository with one dashboard, named main.
func repositoryWith(dashboard string) fs.FS {
	files := map[string]string{
		"fields.yml": `
- key: 1password
  fields:
    - name: "@timestamp"
      type: date
    - name: source
      type: group
      fields: [{name: ip, type: ip}]`,
		"_meta/kibana/queries.yml":  "failed: event.outcome:failure\nmany: \"{failed} and event.action:x\"\n",
		"_meta/kibana/searches.yml": "all: {title: All, query: \"{failed}\", columns: [source.ip]}\n",
		"_meta/kibana/main.yml":     dashboard,
	}
	repository := fstest.MapFS{}
	for path, text := range files {
		repository[path] = &fstest.MapFile{Data: []byte(text)}
	}
	return repository
}

func TestSourceWithAnErrorIsRefusedByNameOfTheDashboardAndPanel(t *testing.T) {
	row := func(panels string) string { return "title: Main\nrows: [{height: 5, panels: [" + panels + "]}]" }
	cases := map[string]struct{ dashboard, err string }{
		"unknown key": {"titel: Main", "read _meta/kibana/main.yml"},
		"too narrow": {
			row("{id: a, title: A, width: 40, markdown: x}"),
			"the widths of row 1 add up to 40, not 48",
		},
		"no title": {row("{id: a, width: 48, markdown: x}"), "a panel needs an id and a title"},
		"no kind":  {row("{id: a, title: A, width: 48}"), "needs metric, bars, table"},
		"unknown query": {
			row(`{id: a, title: A, width: 48, query: "{none}", metric: {label: l}}`),
			"there are failed, many",
		},
		"unknown search":  {row("{id: a, title: A, width: 48, search: none}"), "there is no search none"},
		"link to nowhere": {row("{id: a, title: A, width: 48, links: [none]}"), `there is no dashboard "none"`},
		"no label":        {row("{id: a, title: A, width: 48, metric: {}}"), "needs a label"},
		"same label twice": {
			row("{id: a, title: A, width: 48, table: {rows: [{label: x, field: source.ip}], columns: [{label: X}]}}"),
			"needs a label that no other column has",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Objects(repositoryWith(tc.dashboard))
			require.ErrorContains(t, err, tc.err)
			assert.ErrorContains(t, err, "main")
		})
	}
}

func TestObjectsAreTheSameWithEachRun(t *testing.T) {
	source := repositoryWith(
		"title: Main\nrows: [{height: 5, panels: [{id: a, title: A, width: 48, metric: {label: l}}]}]",
	)
	first, err := Objects(source)
	require.NoError(t, err)
	second, err := Objects(source)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(first)), []string{
		"kibana/7/dashboard/eventsapibeat-1password-main.json", "kibana/7/search/eventsapibeat-1password-all.json",
	})
}

func TestQueriesAreExpandedByName(t *testing.T) {
	s, err := readSource(repositoryWith("title: Main"))
	require.NoError(t, err)
	got, err := s.kql("{many}\n or x:1")
	require.NoError(t, err)
	assert.Equal(t, "((event.outcome:failure) and event.action:x) or x:1", got)
}

func TestColumnsHaveTheTypesOfTheirFields(t *testing.T) {
	s, err := readSource(repositoryWith("title: Main"))
	require.NoError(t, err)
	types := map[string]string{"@timestamp": "date", "source.ip": "ip", "user.email": "string"}
	for field, want := range types {
		assert.Equal(t, want, s.dataType(field), field)
	}
}
