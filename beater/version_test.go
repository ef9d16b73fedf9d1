package beater

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPositionGoesFromOneVersionOfTheAPIToTheOtherAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, version := range []string{"v1", "v2", "v1"} {
		r.generate(5)
		r.start(r.signInsOnly(", api_version: " + version))
		r.arrivedSignIns(5 * (i + 1))
		require.NoError(t, r.stop())
		assert.Contains(t, r.stateText(), `"api_version":"`+version+`"`)
	}
	for _, body := range r.bodies()[1:] {
		assert.Contains(t, body, `"cursor"`, "no start anew")
	}
}
