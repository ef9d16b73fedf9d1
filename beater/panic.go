package beater

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// panicError is a panic that was recovered from. It holds no event data: of the value it has the text if that is the Go runtime's, otherwise the type.
type panicError struct {
	value string
	stack string
}

// newPanicError describes the value of a recovered panic. It must be called by the deferred function that recovers.
func newPanicError(value any) panicError {
	text := fmt.Sprintf("a value of type %T", value)
	if err, ok := value.(runtime.Error); ok {
		text = err.Error()
	}
	return panicError{value: text, stack: string(debug.Stack())}
}

func (e panicError) Error() string { return "panic: " + e.value }
