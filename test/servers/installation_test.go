package servers

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheIsNamedAfterServerVersionAndSources(t *testing.T) {
	name := elasticsearchInstallation(ElasticsearchVersion).cacheName()
	assert.Regexp(t, `^elasticsearch-9\.5\.3-[0-9a-f]{8}$`, name)
	assert.Equal(
		t,
		name,
		elasticsearchInstallation(ElasticsearchVersion).cacheName(),
		"the same sources, the same name",
	)
	old := elasticsearchInstallation(OldElasticsearchVersion).cacheName()
	assert.Regexp(t, `^elasticsearch-8\.19\.21-[0-9a-f]{8}$`, old)
	assert.Regexp(t, `^kafka-4\.3\.1-[0-9a-f]{8}$`, kafkaInstallation().cacheName())
}

func TestEachInstallationCompilesExistingSources(t *testing.T) {
	for _, test := range []struct {
		installation installation
		want         []string
	}{
		{elasticsearchInstallation(ElasticsearchVersion), []string{"java/Launcher.java", "java/elasticsearch/DataStreamHandler.java",
			"java/elasticsearch/ElasticsearchServer.java", "java/elasticsearch/InfoHandler.java", "java/elasticsearch/v9/Core.java"}},
		{elasticsearchInstallation(OldElasticsearchVersion), []string{"java/Launcher.java", "java/elasticsearch/DataStreamHandler.java",
			"java/elasticsearch/ElasticsearchServer.java", "java/elasticsearch/InfoHandler.java", "java/elasticsearch/v8/Core.java"}},
		{kafkaInstallation(), []string{"java/Launcher.java", "java/kafka/KafkaServer.java"}},
	} {
		files, err := test.installation.files()
		require.NoError(t, err)
		assert.Equal(t, test.want, files)
	}
}

func TestFailedInstallationLeavesNothing(t *testing.T) {
	java := fakeJDK(t, "echo the compiler has a reason; exit 1")
	t.Setenv("PATH", fakeProgram(t, "mvn", ""))
	cache := t.TempDir()
	err := kafkaInstallation().makeHome(t.Context(), filepath.Join(cache, "kafka"), java)
	require.ErrorContains(t, err, "run javac")
	require.ErrorContains(t, err, "the compiler has a reason")
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestInstallationThatAnotherProcessFinishedFirstIsKept(t *testing.T) {
	java := fakeJDK(t, "")
	t.Setenv("PATH", fakeProgram(t, "mvn", ""))
	cache := t.TempDir()
	home := filepath.Join(cache, "kafka")
	require.NoError(t, os.MkdirAll(filepath.Join(home, "lib"), 0o700))
	require.NoError(t, kafkaInstallation().makeHome(t.Context(), home, java))
	assert.DirExists(t, filepath.Join(home, "lib"))
	assert.NoDirExists(t, filepath.Join(home, "java"))
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}
