package servers

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMissingProgramIsToldInOneLineWithItsRemedy(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{missingJDK("Elasticsearch"), "Elasticsearch cannot run: no JDK 21 or newer in JAVA_HOME, /usr/lib/jvm or PATH; get one from https://adoptium.net"},
		{missingMaven("Kafka"), "Kafka cannot run: no Maven (mvn) in PATH; get it from https://maven.apache.org or with `apt-get install maven`"},
		{missingRedis(), "Redis cannot run: no redis-server in PATH; get it with `apt-get install redis-server`, `brew install redis` or from https://redis.io"},
	} {
		assert.EqualError(t, test.err, test.want)
	}
}

func TestServerWithoutItsProgramIsAMissingError(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Redis(t.Context())
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "Redis", missing.Server)
}

func TestUnknownVersionIsAnError(t *testing.T) {
	_, err := Elasticsearch(t.Context(), "7.17.0")
	require.EqualError(t, err, "elasticsearch 7.17.0 is not known here, only 9.5.3 and 8.19.21")
}
