package harness

import (
	"net"
	"strconv"
	"sync"
)

// lumberjackListener keeps the connections that it has accepted, by their remote address.
type lumberjackListener struct {
	net.Listener

	mu       sync.Mutex // protects accepted
	accepted map[string]*lumberjackConn
}

// Accept waits for the next connection.
func (l *lumberjackListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &lumberjackConn{
		Conn: conn, number: lumberjackNumber(len(l.accepted)),
		acknowledged: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	c.end = sync.OnceFunc(func() { close(c.ended) })
	l.accepted[c.number.String()] = c
	return c, nil
}

// connection returns the connection with a remote address.
func (l *lumberjackListener) connection(address string) *lumberjackConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted[address]
}

// lumberjackNumber is the remote address of a connection, which go-lumber reports with each batch.
// A port is not used, because a later connection may have the same port.
type lumberjackNumber int

func (lumberjackNumber) Network() string  { return "lumberjack" }
func (n lumberjackNumber) String() string { return strconv.Itoa(int(n)) }

// lumberjackConn reports when it has sent the acknowledgement of a batch, and when it has ended.
type lumberjackConn struct {
	net.Conn

	number       lumberjackNumber
	acknowledged chan struct{} // receives a value for each acknowledged batch
	ended        chan struct{}
	end          func()
}

func (c *lumberjackConn) RemoteAddr() net.Addr { return c.number }

// Write sends a frame: "2A" and the number of acknowledged documents of the batch in four bytes.
// Zero is a keepalive.
func (c *lumberjackConn) Write(frame []byte) (int, error) {
	n, err := c.Conn.Write(frame)
	if err == nil && [4]byte(frame[2:]) != [4]byte{} {
		c.acknowledged <- struct{}{}
	}
	return n, err
}

// Close ends the connection.
func (c *lumberjackConn) Close() error {
	defer c.end()
	return c.Conn.Close()
}
