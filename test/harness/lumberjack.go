package harness

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/testing/certutil"
	"github.com/elastic/go-lumber/lj"
	lumber "github.com/elastic/go-lumber/log"
	lumberjack "github.com/elastic/go-lumber/server/v2"
)

// Answer handles a batch of documents that was received. It must call acknowledge or cut. It may
// wait first. While it waits, no other batch is received and the Beat gets a keepalive every three
// seconds, as from a busy Logstash. acknowledge returns when the acknowledgement is sent. cut
// closes the connection, also after acknowledge.
type Answer = func(acknowledge, cut func())

// Lumberjack is a receiver of the Lumberjack protocol, version 2, which the beats input of Logstash
// speaks. It records every document. Make it with NewLumberjack. It must be closed.
type Lumberjack struct {
	server    *lumberjack.Server
	listener  *lumberjackListener
	receiving sync.WaitGroup

	mu        sync.Mutex // protects all below
	answer    Answer
	documents []Document
	times     map[string]int // that each id arrived
}

// NewLumberjack starts a receiver on a free port of 127.0.0.1. It uses TLS if config is not nil.
func NewLumberjack(config *tls.Config) (*Lumberjack, error) {
	silenceLumberjack()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for Lumberjack: %w", err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	l := &Lumberjack{
		listener: &lumberjackListener{Listener: listener, accepted: map[string]*lumberjackConn{}},
		times:    map[string]int{},
	}
	l.SetAnswer(nil)
	if l.server, err = lumberjack.NewWithListener(l.listener, lumberjack.JSONDecoder(keepJSON)); err != nil {
		return nil, fmt.Errorf("serve Lumberjack: %w", err)
	}
	l.receiving.Go(l.receive)
	return l, nil
}

// silenceLumberjack discards the log of go-lumber, which is shared by all servers and reports every
// connection.
var silenceLumberjack = sync.OnceFunc(func() { lumber.Logger = log.New(io.Discard, "", 0) })

// keepJSON leaves a document as it was sent.
func keepJSON(text []byte, document any) error {
	*document.(*any) = json.RawMessage(bytes.Clone(text))
	return nil
}

// Address returns the host:port of the receiver.
func (l *Lumberjack) Address() string { return l.listener.Addr().String() }

// Close ends the receiver and all connections.
func (l *Lumberjack) Close() error {
	err := l.server.Close()
	l.receiving.Wait()
	return err
}

// SetAnswer sets the Answer for further batches. Nil acknowledges each at once.
func (l *Lumberjack) SetAnswer(answer Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
	if answer == nil {
		l.answer = func(acknowledge, _ func()) { acknowledge() }
	}
}

// Documents returns all documents in order of arrival, including repeated and unacknowledged ones.
// Their ID is @metadata._id.
func (l *Lumberjack) Documents() []Document {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.documents)
}

// Count returns the number of different ids and the number of documents whose id had arrived
// before.
func (l *Lumberjack) Count() (ids, repeats int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.times), len(l.documents) - len(l.times)
}

// Balance compares ids with those that arrived.
func (l *Lumberjack) Balance(ids []string) Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return NewBalance(ids, l.times)
}

func (l *Lumberjack) receive() {
	for batch := range l.server.ReceiveChan() {
		answer, connection := l.record(batch), l.listener.connection(batch.RemoteAddr)
		acknowledge := sync.OnceFunc(func() {
			batch.ACK()
			select {
			case <-connection.acknowledged:
			case <-connection.ended:
			}
		})
		answer(acknowledge, func() {
			_ = connection.Close() // fails only if it is closed
			acknowledge()          // does not reach the Beat, but ends go-lumber's wait for it
		})
	}
}

// record records the documents of a batch and returns the Answer for it.
func (l *Lumberjack) record(batch *lj.Batch) Answer {
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
		_ = json.Unmarshal(source, &document) // without an id it is an unexpected document
		meta := document.Metadata
		l.documents = append(l.documents, Document{
			ID: meta.ID, Pipeline: meta.Pipeline, Source: source, Received: time.Now(),
		})
		l.times[meta.ID]++
	}
	return l.answer
}

// MutualTLS returns the configuration of a server at 127.0.0.1 that requires a certificate of the
// authority from its clients, and a client's certificate and key.
func MutualTLS(t T) (server *tls.Config, authority, client certutil.Pair) {
	t.Helper()
	authority, client, err := certutil.NewRootAndChildCerts()
	require.NoError(t, err)
	certificate, err := tls.X509KeyPair(client.Cert, client.Key) // for servers, too
	require.NoError(t, err)
	clients := x509.NewCertPool()
	require.True(t, clients.AppendCertsFromPEM(authority.Cert))
	return &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
	}, authority, client
}
