package names

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"
)

// manyNames is a file with n names.
func manyNames(n int) string {
	var text strings.Builder
	text.WriteString("[")
	for i := range n {
		if i > 0 {
			text.WriteString(",")
		}
		fmt.Fprintf(&text, `{"id":"%026d","title":"Login of a person %07d"}`, i, i)
	}
	text.WriteString("]")
	return text.String()
}

func TestFileWithinItsLimitsIsReadAndOneBeyondIsRefused(t *testing.T) {
	one, many := fmt.Sprintf(`{"id": "%026d", "name": "A"}`, 1), manyNames(10)
	list, long := int64(len("["+one+"]")), strings.Repeat("x", 99)
	const tooLong = "an element of the array has more than 60 bytes"
	tooBig := fmt.Sprintf("the file has more than %d bytes; split it", list)
	for name, tc := range map[string]struct {
		limits limits
		text   string
		want   string // the error, or ""
	}{
		"names":               {limits{10, 9999, 999}, many, ""},
		"too many names":      {limits{10, 9999, 999}, manyNames(11), "the file has more than 10 names; split it"},
		"bytes of the file":   {limits{1, list, 999}, "[" + one + "]", ""},
		"too many bytes":      {limits{1, list, 999}, "[" + one + " ]", tooBig},
		"values without end":  {limits{1, list, 999}, "[" + strings.Repeat("1,", 5000), tooBig},
		"bytes of a value":    {limits{10, 9999, int64(len(many)/10 + 1)}, many, ""},
		"second value":        {limits{1, 999, 60}, "[" + one + `, {"name": "` + long + `"}]`, tooLong},
		"first value":         {limits{1, 999, 60}, `["` + long, tooLong},
		"no array":            {limits{1, 999, 60}, `"` + long, tooLong},
		"text after the list": {limits{1, 999, 60}, "[" + one + "]" + strings.Repeat(" ", 99), tooLong},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(strings.NewReader(tc.text), tc.limits)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
		})
	}
}

func TestAMillionItemsNeedNoMoreThanTheStatedMemory(t *testing.T) {
	text := manyNames(fileLimits.names / 10)
	before := heap()
	names, err := parse(strings.NewReader(text), fileLimits)
	require.NoError(t, err)
	assert.Less(t, heap()-before, int64(15<<20), "150 MB for a million")
	assert.Len(t, names, fileLimits.names/10)
}

func TestNamesThatAreCutDoNotKeepTheRestInMemory(t *testing.T) {
	name := strings.Repeat("x", int(fileLimits.value)-100)
	var long strings.Builder
	for i := range 8 {
		fmt.Fprintf(&long, `,{"id": "%026d", "name": "%s"}`, i, name)
	}
	before := heap()
	names, err := parse(strings.NewReader("["+long.String()[1:]+"]"), fileLimits)
	require.NoError(t, err)
	assert.Less(t, heap()-before, int64(1<<20))
	assert.Len(t, names, 8)
	runtime.KeepAlive(long)
}

// heap returns the bytes of live objects.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestValueOfAnyLengthTakesLittleMemory(t *testing.T) {
	for name, tc := range map[string]struct{ start, rest string }{
		"string":      {`["`, "x"},
		"member":      {`[{"id": "`, "x"},
		"member name": {`[{"`, "x"},
		"members":     {`[{"name": ""`, `,"id": ""`},
		"white space": {`[`, "\n"},
		"first token": {`"`, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReader(tc.start + strings.Repeat(tc.rest, 16<<20/len(tc.rest)))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := parse(text, fileLimits)
			runtime.ReadMemStats(&after)
			require.EqualError(t, err, "an element of the array has more than 1048576 bytes")
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
		})
	}
}

func FuzzParse(f *testing.F) {
	small := limits{names: 4, file: 1000, value: 200}
	valid := `[{"id": "` + vault + `", "name": "A", "email": "a@example.com"}]`
	f.Add(valid)
	f.Add("\ufeff" + valid)
	f.Add(utf16(f, unicode.LittleEndian, valid))
	f.Add(utf16(f, unicode.BigEndian, valid) + "\x00")
	f.Add(`[{"id": "` + item + `", "title": "\ud800", "name": null}, 1]`)
	f.Add(strings.Repeat("[", 12000))
	f.Add(`["` + strings.Repeat("x", 300))
	f.Add(manyNames(5))
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range []limits{fileLimits, small} {
			names, err := parse(strings.NewReader(text), l)
			if err != nil {
				assert.Nil(t, names)
				assert.Less(t, len(err.Error()), 500, "it is logged")
				continue
			}
			assert.LessOrEqual(t, len(names), l.names)
			for _, name := range names {
				assert.NotEqual(t, entity{}, name)
				assert.LessOrEqual(t, len(name.name), maxBytes)
				assert.LessOrEqual(t, len(name.email), maxBytes)
			}
		}
	})
}
