package eventsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

const (
	// A page may have maxItemBytes for each item of the limit, after decompression; an item has about 1 KB. It may have minPageBytes whatever the limit is,
	// since a stored cursor keeps the limit that it began with, of up to 1,000.
	maxItemBytes = 8 << 10
	minPageBytes = 4 << 20

	// maxScopeBytes bounds what is read of an answer that tells about a token, and
	// maxErrorBytes what is read of an answer whose status is not 200. Either has a few hundred.
	maxScopeBytes = 64 << 10
	maxErrorBytes = 64 << 10

	// maxRedirects is what net/http allows where nobody sets a policy.
	maxRedirects = 10
)

// ResetCursor starts reading at a point in time instead of at a cursor. All members are optional: without a limit the API serves pages of 100, without a
// start time it starts one hour before the end or the present.
//
// Source: https://developer.1password.com/docs/events-api/pagination
type ResetCursor struct {
	Limit     int    `json:"limit,omitempty"`      // items a page, 1 to 1000; it stays with the cursors that follow
	StartTime string `json:"start_time,omitempty"` // RFC 3339
	EndTime   string `json:"end_time,omitempty"`   // RFC 3339
}

// String is the request's body.
func (r ResetCursor) String() string {
	text, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// MaxPageBytes returns the bound of a page with that limit, after decompression. A client holds a page about twice while it decodes it.
func (r ResetCursor) MaxPageBytes() int64 {
	return max(int64(r.Limit)*maxItemBytes, minPageBytes)
}

// Page is one answer of the API.
type Page struct {
	Cursor  string            // where the next page starts; "" in a page with items if the API named no cursor
	HasMore bool              // whether more may follow at once; false is the only sign of the end
	Items   []json.RawMessage // in the order of the API, bytes as sent; each is valid JSON but may be of any shape
}

// Client reads the events of one type. It is safe for concurrent use.
type Client struct {
	http          *http.Client
	url           string
	introspectURL string
	tokens        *TokenSource
	budget        *Budget
	maxPageBytes  int64
	userAgent     string
}

// NewClient makes a client for one event type in one version of the API. It shares the budget with the other clients of the account, and waits for it before
// each request. The transport, timeout and proxy are those of httpClient, which stays as it is; redirects to another host or scheme are refused. The host is
// that of the present token. Pages may have up to maxPageBytes, after decompression.
func NewClient(httpClient *http.Client, tokens *TokenSource, budget *Budget, version Version, eventType eventtype.Name, maxPageBytes int64, userAgent string) *Client {
	own := *httpClient
	own.CheckRedirect = checkRedirect
	baseURL := tokens.Token().baseURL
	return &Client{
		http:          &own,
		url:           baseURL + "/api/" + string(version) + "/" + string(eventType),
		introspectURL: baseURL + introspectPath,
		tokens:        tokens,
		budget:        budget,
		maxPageBytes:  maxPageBytes,
		userAgent:     userAgent,
	}
}

// checkRedirect keeps the token on its host. A redirect that turns the POST into a GET can't be answered with a page, so the redirect itself is the answer.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Host != first.Host || req.URL.Scheme != first.Scheme:
		return fmt.Errorf("redirect to %s://%s refused: the token is for %s only", req.URL.Scheme, req.URL.Host, first.Host)
	case req.Method != via[0].Method:
		return http.ErrUseLastResponse
	case len(via) >= maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}

// URL is the endpoint that the client asks.
func (c *Client) URL() string { return c.url }

// Reset asks for the first page from a point in time. Errors are as for Next.
func (c *Client) Reset(ctx context.Context, reset ResetCursor) (Page, error) {
	return c.page(ctx, reset)
}

// Next asks for the page at a cursor. An answer that is no page is an *Error if its status says so; other errors are failures of the connection, or tell
// what is wrong with the answer's body.
func (c *Client) Next(ctx context.Context, cursor string) (Page, error) {
	return c.page(ctx, struct {
		Cursor string `json:"cursor"`
	}{cursor})
}

func (c *Client) page(ctx context.Context, position any) (Page, error) {
	body, err := json.Marshal(position)
	if err != nil {
		return Page{}, fmt.Errorf("encode request: %w", err)
	}
	content, err := c.do(ctx, c.tokens.Token(), request{method: http.MethodPost, url: c.url, body: body, maxBytes: c.maxPageBytes})
	if err != nil {
		return Page{}, err
	}
	page, err := decodePage(content)
	if err != nil {
		return Page{}, fmt.Errorf("answer of %s is not a page of events: %w", c.url, err)
	}
	return page, nil
}

// request is what the API is asked.
type request struct {
	method, url string
	body        []byte        // JSON; nil for none
	maxBytes    int64         // of the answer, after decompression
	timeout     time.Duration // of the request, without the wait for the budget; 0 for that of the HTTP client
}

// do makes a request and returns the body of an answer with status 200, whole.
func (c *Client) do(ctx context.Context, token Token, asked request) ([]byte, error) {
	if err := c.budget.Wait(ctx); err != nil {
		return nil, err
	}
	if asked.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, asked.timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, asked.method, asked.url, bytes.NewReader(asked.body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	// Accept-Encoding is left to net/http, which then also decompresses.
	req.Header.Set("Authorization", "Bearer "+*token.text)
	if asked.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)

	resp, err := c.http.Do(req)
	if err != nil {
		// It names method and URL. It may also quote a redirect, so it is not wrapped.
		return nil, errors.New(token.redact(err.Error()))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		err := newError(asked.url, resp, token)
		if err.StatusCode == http.StatusTooManyRequests { // the quota is that of the account, so its other clients wait as well
			c.budget.Pause(err.RetryAfter)
		}
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, asked.maxBytes+1))
	if err != nil {
		// It may quote what follows the body.
		return nil, fmt.Errorf("read answer of %s: %s", asked.url, token.redact(err.Error()))
	}
	if int64(len(content)) > asked.maxBytes {
		return nil, fmt.Errorf("answer of %s is larger than %d bytes", asked.url, asked.maxBytes)
	}
	return content, nil
}

// items are those of a page: not nil once the member was there, even as null.
type items []json.RawMessage

// UnmarshalJSON takes null for an empty list: an empty page may have it.
func (i *items) UnmarshalJSON(content []byte) error {
	if err := json.Unmarshal(content, (*[]json.RawMessage)(i)); err != nil || *i != nil {
		return err
	}
	*i = items{}
	return nil
}

// decodePage reads the envelope. Its errors quote no more than a character of the content, which is the activity of users.
func decodePage(content []byte) (Page, error) {
	var envelope struct {
		Cursor  string `json:"cursor"`
		HasMore *bool  `json:"has_more"`
		Items   items  `json:"items"`
	}
	if err := json.Unmarshal(content, &envelope); err != nil {
		return Page{}, err
	}
	switch {
	case envelope.Items == nil:
		return Page{}, errors.New("it has no items")
	case envelope.Cursor == "" && len(envelope.Items) == 0:
		return Page{}, errors.New("it has neither a cursor nor an item")
	case envelope.HasMore == nil:
		return Page{}, errors.New("it has no has_more")
	}
	return Page{Cursor: envelope.Cursor, HasMore: *envelope.HasMore, Items: envelope.Items}, nil
}
