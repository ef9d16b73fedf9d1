package eventsapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const (
	// maxScopeBytes is the size limit of an introspection. maxErrorBytes is how much is read of a
	// response whose status is not 200. Real ones have a few hundred bytes.
	maxScopeBytes = 64 << 10
	maxErrorBytes = 64 << 10

	// maxRedirects is the default of net/http, which a policy of our own replaces.
	maxRedirects = 10
)

// Client makes requests with one token. It is safe for concurrent use.
type Client struct {
	http      *http.Client
	baseURL   string
	tokens    *TokenSource
	budget    *Budget
	userAgent string
}

// NewClient returns a client for the host of the current token. Before each request it waits for
// the budget, which all clients of an account share. Transport, timeout and proxy are those of
// httpClient, which is not changed. Redirects to another host or scheme are refused.
func NewClient(httpClient *http.Client, tokens *TokenSource, budget *Budget, userAgent string) *Client {
	own := *httpClient
	own.CheckRedirect = checkRedirect
	return &Client{http: &own, baseURL: tokens.Token().baseURL, tokens: tokens, budget: budget, userAgent: userAgent}
}

// checkRedirect keeps the token on its host. A redirect that turns the POST into a GET cannot lead
// to a page, so the redirect itself becomes the response.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Host != first.Host || req.URL.Scheme != first.Scheme:
		return fmt.Errorf("redirect to %s://%s refused: the token is for %s only",
			req.URL.Scheme, req.URL.Host, first.Host)
	case req.Method != via[0].Method:
		return http.ErrUseLastResponse
	case len(via) >= maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}

// URL returns the endpoint of an event type.
func (c *Client) URL(version Version, eventType eventtype.Name) string {
	return c.baseURL + "/api/" + string(version) + "/" + string(eventType)
}

// Exchange describes a request and its response.
type Exchange struct {
	StatusCode int           // 0 if there was no response
	Bytes      int64         // of the body, after decompression; 0 unless the status is 200
	Took       time.Duration // until the end of the response
	Waited     time.Duration // for the budget, before the request
}

// BudgetLeft returns how many requests may be made at once.
func (c *Client) BudgetLeft() int { return c.budget.Left() }

// Events returns one page. The exchange is set in any case. The error is an *Error if the response
// has another status than 200. Other errors wrap the failure of the connection, or say what is wrong
// with the response.
func (c *Client) Events(ctx context.Context, query Query) (Page, Exchange, error) {
	body, err := query.body()
	if err != nil {
		return Page{}, Exchange{}, fmt.Errorf("encode request: %w", err)
	}
	url := c.URL(query.Version, query.Type)
	content, exchange, err := c.do(ctx, c.tokens.Token(), request{
		method: http.MethodPost, url: url, body: body, maxBytes: query.Reset.MaxPageBytes(),
	})
	if err != nil {
		return Page{}, exchange, err
	}
	page, err := decodePage(content)
	if err != nil {
		return Page{}, exchange, fmt.Errorf("response of %s is not a page of events: %w", url, err)
	}
	return page, exchange, nil
}

type request struct {
	method, url string
	body        []byte        // JSON; nil for none
	maxBytes    int64         // of the response, after decompression
	timeout     time.Duration // without the wait for the budget; 0 for that of the HTTP client
}

// do makes a request and returns the whole body of a response with status 200.
func (c *Client) do(ctx context.Context, token Token, asked request) (_ []byte, exchange Exchange, _ error) {
	begin := time.Now()
	if err := c.budget.Wait(ctx); err != nil {
		return nil, Exchange{}, err
	}
	sent := time.Now()
	exchange.Waited = sent.Sub(begin)
	defer func() { exchange.Took = time.Since(sent) }()
	if asked.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, asked.timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, asked.method, asked.url, bytes.NewReader(asked.body))
	if err != nil {
		return nil, exchange, fmt.Errorf("make request: %w", err)
	}
	// net/http sets Accept-Encoding, and decompresses only if it did.
	req.Header.Set("Authorization", "Bearer "+*token.text)
	if asked.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)

	resp, err := c.http.Do(req)
	if err != nil {
		return nil, exchange, token.redactError("", err) // contains method and URL, and may quote a redirect
	}
	defer resp.Body.Close()
	exchange.StatusCode = resp.StatusCode
	if resp.StatusCode != http.StatusOK {
		err := newError(asked.url, resp, token)
		if err.StatusCode == http.StatusTooManyRequests { // the quota is the account's, so its other clients wait too
			c.budget.Pause(err.RetryAfter)
		}
		return nil, exchange, err
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, asked.maxBytes+1))
	if err != nil {
		return nil, exchange, token.redactError("read response of "+asked.url+": ", err) // may quote a trailer
	}
	if int64(len(content)) > asked.maxBytes {
		return nil, exchange, fmt.Errorf("response of %s is larger than %d bytes", asked.url, asked.maxBytes)
	}
	exchange.Bytes = int64(len(content))
	return content, exchange, nil
}
