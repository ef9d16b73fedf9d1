package eventsapi

import (
	"crypto/sha256"
	"encoding/binary"
)

// pagesRemembered is the longest cycle of cursors that History detects, in pages.
const pagesRemembered = 500

// History contains the hashes of the newest pages of an event type: of at least pagesRemembered, at
// most twice as many. Its zero value is empty. It is not safe for concurrent use.
type History struct {
	newer, older map[[sha256.Size]byte]struct{}
}

// Add adds a page that was read at a cursor and reports whether it was there before. HasMore makes
// no difference.
func (h *History) Add(cursor string, received Page) (known bool) {
	hash := sha256.New()
	part := func(content []byte) {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(content)))) // a hash never fails
		hash.Write(content)
	}
	part([]byte(cursor))
	part([]byte(received.Cursor))
	for _, item := range received.Items {
		part(item)
	}
	key := [sha256.Size]byte(hash.Sum(nil))
	_, isNewer := h.newer[key]
	_, isOlder := h.older[key]
	if h.newer == nil || len(h.newer) == pagesRemembered {
		h.newer, h.older = map[[sha256.Size]byte]struct{}{}, h.newer
	}
	h.newer[key] = struct{}{}
	return isNewer || isOlder
}
