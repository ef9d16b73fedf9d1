package servers

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMissingProgramIsReportedInOneLineWithItsRemedy(t *testing.T) {
	for want, err := range map[string]error{
		"Elasticsearch cannot run: no JDK 21 or newer in JAVA_HOME, /usr/lib/jvm or PATH; " +
			"get one from https://adoptium.net": missingJDK("Elasticsearch"),
		"Kafka cannot run: no Maven (mvn) in PATH; " +
			"get it from https://maven.apache.org or with `apt-get install maven`": missingMaven("Kafka"),
		"Redis cannot run: no redis-server in PATH; " +
			"get it with `apt-get install redis-server`, `brew install redis` or from https://redis.io": missingRedis(),
	} {
		assert.EqualError(t, err, want)
	}
}

func TestServerWithoutItsProgramIsAMissingError(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Redis(t.Context())
	var missing *MissingError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "Redis", missing.Server)
}

func TestMissingProgramSkipsTestsExceptInCI(t *testing.T) {
	t.Setenv("CI", "")
	assert.True(t, SkipTest(missingRedis()))
	assert.False(t, SkipTest(errors.New("another error")))
	t.Setenv("CI", "1")
	assert.False(t, SkipTest(missingRedis()))
}

func TestUnknownVersionIsAnError(t *testing.T) {
	_, err := Elasticsearch(t.Context(), "7.17.0")
	require.EqualError(t, err, "elasticsearch 7.17.0 is unknown, use 9.5.3 or 8.19.21")
}
