package harness

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/elastic/go-lumber/lj"
	lumber "github.com/elastic/go-lumber/log"
	lumberjack "github.com/elastic/go-lumber/server/v2"
)

// Answer deals with a window of documents that has been received. It must call either function, and may wait before: meanwhile no other window is
// received, and the Beat gets a sign of life every three seconds, as from a busy Logstash. acknowledge returns once the acknowledgement is sent, and may be
// followed by cut, which ends the connection.
type Answer = func(acknowledge, cut func())

// Lumberjack is a receiver of version 2 of the Lumberjack protocol, which the beats input of Logstash speaks, and keeps account of every document. Make it
// with NewLumberjack. It must be closed.
type Lumberjack struct {
	server    *lumberjack.Server
	listener  *lumberjackListener
	receiving sync.WaitGroup

	mu        sync.Mutex // guards all below
	answer    Answer
	documents []Document
	times     map[string]int // that each id came
}

// NewLumberjack starts a receiver on a free port of 127.0.0.1: without TLS if config is nil.
func NewLumberjack(config *tls.Config) (*Lumberjack, error) {
	silenceLumberjack()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for Lumberjack: %w", err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	l := &Lumberjack{listener: &lumberjackListener{Listener: listener, accepted: map[string]*lumberjackConnection{}}, times: map[string]int{}}
	l.SetAnswer(nil)
	if l.server, err = lumberjack.NewWithListener(l.listener, lumberjack.JSONDecoder(keepJSON)); err != nil {
		return nil, fmt.Errorf("serve Lumberjack: %w", err)
	}
	l.receiving.Go(l.receive)
	return l, nil
}

// silenceLumberjack ends the log of go-lumber, which is one for all servers, and tells of every connection.
var silenceLumberjack = sync.OnceFunc(func() { lumber.Logger = log.New(io.Discard, "", 0) })

// keepJSON leaves the document as it was sent.
func keepJSON(text []byte, document any) error {
	*document.(*any) = json.RawMessage(bytes.Clone(text))
	return nil
}

// Address is the host:port of the receiver.
func (l *Lumberjack) Address() string { return l.listener.Addr().String() }

// Close ends the receiver and all connections.
func (l *Lumberjack) Close() error {
	err := l.server.Close()
	l.receiving.Wait()
	return err
}

// SetAnswer deals with all windows from now on; nil acknowledges each at once.
func (l *Lumberjack) SetAnswer(answer Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
	if answer == nil {
		l.answer = func(acknowledge, _ func()) { acknowledge() }
	}
}

// Documents are the documents in the order they came, repeats among them, whether or not they were acknowledged. Their ID is @metadata._id.
func (l *Lumberjack) Documents() []Document {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.documents)
}

// Count is how many different ids have come, and how many documents came with an id that had come before.
func (l *Lumberjack) Count() (ids, repeats int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.times), len(l.documents) - len(l.times)
}

// Balance compares the ids with those that came.
func (l *Lumberjack) Balance(ids []string) Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return NewBalance(ids, l.times)
}

func (l *Lumberjack) receive() {
	for batch := range l.server.ReceiveChan() {
		answer, connection := l.keep(batch), l.listener.connection(batch.RemoteAddr)
		acknowledge := sync.OnceFunc(func() {
			batch.ACK()
			select {
			case <-connection.acknowledged:
			case <-connection.ended:
			}
		})
		answer(acknowledge, func() {
			_ = connection.Close() // fails only if it is closed
			acknowledge()          // reaches nobody, but ends what waits for it
		})
	}
}

// keep takes the documents to the account, and tells what to do next.
func (l *Lumberjack) keep(batch *lj.Batch) Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range batch.Events {
		source := event.(json.RawMessage)
		var document struct {
			Metadata struct {
				ID       string `json:"_id"`
				Pipeline string
			} `json:"@metadata"`
		}
		_ = json.Unmarshal(source, &document) // without an id it is one that nobody expects
		l.documents = append(l.documents, Document{ID: document.Metadata.ID, Pipeline: document.Metadata.Pipeline, Source: source, Received: time.Now()})
		l.times[document.Metadata.ID]++
	}
	return l.answer
}
