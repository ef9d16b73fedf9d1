package demo

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableHasColumnsAndNoLineThatIsTooLong(t *testing.T) {
	var out strings.Builder
	require.NoError(t, writeTable(&out, []string{
		"  User\tItems\tMessage", "  zoë\t7\tshort", "  bruno\t48\t" + strings.Repeat("ö", lineLength),
	}))
	assert.Equal(t, "  User   Items  Message\n"+
		"  zoë    7      short\n"+
		"  bruno  48     "+strings.Repeat("ö", lineLength-17)+"…\n", out.String())
}
