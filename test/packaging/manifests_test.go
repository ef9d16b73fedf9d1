package packaging

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// probeCommand is the command of the probes. The image has no shell and probes no PATH.
var probeCommand = []string{imageProgram, "healthcheck"}

const imageProgram = "/usr/share/eventsapibeat/eventsapibeat"

// podSpec is what the tests read of a pod.
type podSpec struct {
	TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
	SecurityContext               struct {
		RunAsNonRoot        bool   `yaml:"runAsNonRoot"`
		FSGroup             int    `yaml:"fsGroup"`
		FSGroupChangePolicy string `yaml:"fsGroupChangePolicy"`
	} `yaml:"securityContext"`
	Containers []struct {
		Args []string
		Env  []struct{ Name, Value string }

		SecurityContext struct {
			ReadOnlyRootFilesystem bool `yaml:"readOnlyRootFilesystem"`
		} `yaml:"securityContext"`
		Resources      struct{ Limits map[string]string }
		StartupProbe   *probe `yaml:"startupProbe"`
		LivenessProbe  *probe `yaml:"livenessProbe"`
		ReadinessProbe *probe `yaml:"readinessProbe"`
		VolumeMounts   []struct {
			Name, MountPath, SubPath string
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name   string
		Secret *struct {
			DefaultMode int `yaml:"defaultMode"`
		}
	}
}

type probe struct {
	Exec             struct{ Command []string }
	PeriodSeconds    int `yaml:"periodSeconds"`
	TimeoutSeconds   int `yaml:"timeoutSeconds"`
	FailureThreshold int `yaml:"failureThreshold"`
}

// manifest is what the tests read of a resource.
type manifest struct {
	Kind string
	Data map[string]string
	Spec struct {
		Replicas    int
		AccessModes []string `yaml:"accessModes"`
		Strategy    struct{ Type string }
		Template    struct{ Spec podSpec }
	}
}

// manifests returns the resources of kubernetes.yaml by their kinds. Of the Secrets it has one.
func manifests(t *testing.T) map[string]manifest {
	t.Helper()
	text, err := os.ReadFile(harness.RepositoryFile("deploy", "kubernetes.yaml"))
	require.NoError(t, err)
	found := map[string]manifest{}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var m manifest
		err := decoder.Decode(&m)
		if err == io.EOF {
			return found
		}
		require.NoError(t, err)
		found[m.Kind] = m
	}
}

func TestKubernetesRunsOneBeatAtATime(t *testing.T) {
	all := manifests(t)
	assert.NotContains(t, all, "StatefulSet", "it does not replace a pod that a wrong configuration broke")
	deployment := all["Deployment"].Spec
	assert.Equal(t, 1, deployment.Replicas)
	assert.Equal(t, "Recreate", deployment.Strategy.Type)
	assert.Equal(t, []string{"ReadWriteOnce"}, all["PersistentVolumeClaim"].Spec.AccessModes)
	assert.Contains(t, deployment.Template.Spec.Containers[0].Args, "name=eventsapibeat", "not the name of the pod")
	assert.GreaterOrEqual(t, deployment.Template.Spec.TerminationGracePeriodSeconds, 15, "shutdown_timeout and 10s")
}

func TestKubernetesLetsTheBeatReadTheSecretAndNoticeItsRotation(t *testing.T) {
	pod := manifests(t)["Deployment"].Spec.Template.Spec
	assert.True(t, pod.SecurityContext.RunAsNonRoot)
	assert.Equal(t, 65532, pod.SecurityContext.FSGroup)
	assert.Equal(t, "OnRootMismatch", pod.SecurityContext.FSGroupChangePolicy)
	assert.True(t, pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem)
	for _, volume := range pod.Volumes {
		if volume.Secret == nil {
			continue
		}
		assert.Equal(t, 0o440, volume.Secret.DefaultMode)
		for _, mount := range pod.Containers[0].VolumeMounts {
			if mount.Name == volume.Name {
				assert.Empty(t, mount.SubPath, "a file by subPath never changes")
				return
			}
		}
	}
	assert.Fail(t, "no Secret is mounted")
}

func TestKubernetesProbesAskTheProcessOnly(t *testing.T) {
	container := manifests(t)["Deployment"].Spec.Template.Spec.Containers[0]
	assert.Nil(t, container.ReadinessProbe, "nothing is served")
	for _, p := range []*probe{container.StartupProbe, container.LivenessProbe} {
		require.NotNil(t, p)
		assert.Equal(t, probeCommand, p.Exec.Command, "without --strict")
		assert.Equal(t, 5, p.TimeoutSeconds)
	}
	assert.GreaterOrEqual(t, container.LivenessProbe.PeriodSeconds, 30)
	start := container.StartupProbe.PeriodSeconds * container.StartupProbe.FailureThreshold
	assert.GreaterOrEqual(t, start, 90, "libbeat waits up to a minute for DNS")
}

func TestMemoryLimitOfGoIsInProportionToThatOfTheContainer(t *testing.T) {
	container := manifests(t)["Deployment"].Spec.Template.Spec.Containers[0]
	env := map[string]string{}
	for _, variable := range container.Env {
		env[variable.Name] = variable.Value
	}
	assert.NotContains(t, env, "GOMAXPROCS", "Go reads the limit of the CPU")
	assert.NotContains(t, container.Resources.Limits, "cpu")
	beat := compose(t).Services["eventsapibeat"]
	assert.NotContains(t, beat.Environment, "GOMAXPROCS")
	for limit, goLimit := range map[string]string{
		container.Resources.Limits["memory"]: env["GOMEMLIMIT"],
		beat.MemLimit:                        beat.Environment["GOMEMLIMIT"],
	} {
		total, used := mebibytes(t, limit), mebibytes(t, goLimit)
		assert.InDelta(t, 0.8, float64(used)/float64(total), 0.02)
		assert.GreaterOrEqual(t, total-used, 64, "for the process of the health check")
	}
}

// mebibytes returns the number of a size in MiB, as Kubernetes, Compose or Go write it.
func mebibytes(t *testing.T, size string) (n int) {
	t.Helper()
	for _, suffix := range []string{"MiB", "Mi", "m"} {
		if number, found := strings.CutSuffix(size, suffix); found {
			require.NoError(t, yaml.Unmarshal([]byte(number), &n))
			return n
		}
	}
	require.Fail(t, "not in MiB: "+size)
	return 0
}

// composeFile is what the tests read of compose.yml.
type composeFile struct {
	Services map[string]struct {
		Hostname        string
		Command         []string
		Environment     map[string]string
		MemLimit        string `yaml:"mem_limit"`
		ReadOnly        bool   `yaml:"read_only"`
		StopGracePeriod string `yaml:"stop_grace_period"`
		DependsOn       any    `yaml:"depends_on"`
	}
}

func compose(t *testing.T) (file composeFile) {
	t.Helper()
	text, err := os.ReadFile(harness.RepositoryFile("deploy", "compose.yml"))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file
}

func TestComposeKeepsTheNameAndWaitsForNothing(t *testing.T) {
	beat := compose(t).Services["eventsapibeat"]
	assert.Equal(t, "eventsapibeat", beat.Hostname)
	assert.Contains(t, beat.Command, "name=eventsapibeat")
	assert.Nil(t, beat.DependsOn, "a Beat without Elasticsearch and Kibana waits by itself")
	assert.True(t, beat.ReadOnly)
	assert.Equal(t, "30s", beat.StopGracePeriod)
}

// A configuration that loads dashboards ends the Beat while Kibana is down.
func TestNoConfigurationOfAServiceLoadsDashboards(t *testing.T) {
	texts := []string{manifests(t)["ConfigMap"].Data["eventsapibeat.yml"]}
	for _, path := range []string{"eventsapibeat.yml", "packaging/eventsapibeat.yml", "deploy/eventsapibeat.yml"} {
		text, err := os.ReadFile(harness.RepositoryFile(path))
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		assert.Contains(t, text, "output.elasticsearch")
		assert.NotContains(t, text, "setup.dashboards")
	}
	for name, service := range compose(t).Services {
		assert.NotContains(t, strings.Join(service.Command, " "), "setup.dashboards", name)
	}
}
