package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/httpx"
)

const maxDocument = 1 << 20 // bytes of a DID document

// OpenMedia implements network.Opener. Pictures that the AppView shows are at an
// address of their own. Other files are in their author's repository, which may
// be on any server: the DID says on which. No sign-in goes with either.
func (c *connection) OpenMedia(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer leave()
	// The body outlives this call, and ends with it, its reader or the
	// connection, whichever is first.
	whole, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(c.ctx, cancel)
	opening := context.AfterFunc(ctx, cancel)
	body, size, err := c.openMedia(whole, address)
	if !opening() && err == nil {
		err = ctx.Err()
		_ = body.Close() // nobody will read it
	}
	if err != nil {
		unhook()
		cancel()
		return nil, 0, c.explain("show the picture", err)
	}
	return &openBody{ReadCloser: body, end: func() { unhook(); cancel() }}, size, nil
}

// openBody is a body whose request lives until it is closed.
type openBody struct {
	io.ReadCloser
	end func()
}

func (b *openBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

func (c *connection) openMedia(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, 0, trouble(network.Missing, "This is not the address of a picture.", err)
	}
	if strings.HasSuffix(u.Path, "/xrpc/"+methodGetBlob) {
		did, cid := u.Query().Get("did"), u.Query().Get("cid")
		host, err := c.repositoryOf(ctx, did)
		if err != nil {
			return nil, 0, err
		}
		address = blobAddress(host, did, cid)
	}
	response, err := c.get(ctx, address)
	if err != nil {
		return nil, 0, err
	}
	if response.StatusCode == http.StatusOK {
		return response.Body, response.ContentLength, nil
	}
	answer, err := httpx.ReadAll(response, maxDocument)
	if err != nil {
		return nil, 0, fmt.Errorf("read why there is no file: %w", err)
	}
	err = c.client.failed(methodGetBlob, response, answer)
	var said *xrpcError
	errors.As(err, &said)
	if response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone || said != nil && said.Status == http.StatusBadRequest {
		return nil, 0, trouble(network.Missing, "The picture is no longer on Bluesky.", err)
	}
	return nil, 0, err
}

func (c *connection) get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	response, err := c.options.HTTP.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get a file: %w", err)
	}
	return response, nil
}

// repositoryOf finds the server that keeps an account's files, by its DID
// document (did:plc and did:web, the two that the network knows).
func (c *connection) repositoryOf(ctx context.Context, did string) (string, error) {
	missing := trouble(network.Missing, "The author’s account can no longer be found, and the picture with it.", nil)
	address := ""
	switch {
	case !validDID(did):
		return "", missing
	case strings.HasPrefix(did, "did:plc:"):
		address = c.options.Directory + "/" + did
	case strings.HasPrefix(did, "did:web:"):
		address = "https://" + strings.TrimPrefix(did, "did:web:") + "/.well-known/did.json"
		if strings.ContainsAny(address[len("https://"):], "%@") {
			return "", missing
		}
	default:
		return "", missing
	}
	response, err := c.get(ctx, address)
	if err != nil {
		return "", err
	}
	answer, err := httpx.ReadAll(response, maxDocument)
	if err != nil {
		return "", fmt.Errorf("read the DID document: %w", err)
	}
	if response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone {
		return "", missing
	}
	var document struct {
		Service []struct {
			ID       string          `json:"id"`
			Endpoint json.RawMessage `json:"serviceEndpoint"`
		} `json:"service"`
	}
	if err := json.Unmarshal(answer, &document); err != nil || response.StatusCode != http.StatusOK {
		return "", &nonsenseError{Method: "DID document", Status: response.StatusCode, Cause: err}
	}
	for _, s := range document.Service {
		var endpoint string
		if strings.HasSuffix(s.ID, "#atproto_pds") && json.Unmarshal(s.Endpoint, &endpoint) == nil && webLink(endpoint) {
			return strings.TrimRight(endpoint, "/"), nil
		}
	}
	return "", missing
}
