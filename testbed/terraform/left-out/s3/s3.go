// Package s3 stands in for the client of S3: modules of the test bed are never there.
package s3

import (
	"context"
	"errors"
	"io"
)

var errLeftOut = errors.New("the test bed's Terraform is built without S3 as a source of modules")

// Client is a client whose requests fail.
type Client struct{}

// Options are of no effect.
type Options struct {
	BaseEndpoint *string
	UsePathStyle bool
}

// NewFromConfig returns a client, whatever the configuration.
func NewFromConfig[C any](C, ...func(*Options)) *Client {
	return &Client{}
}

// GetObjectInput names an object.
type GetObjectInput struct{ Bucket, Key, VersionId *string }

// GetObjectOutput is an object.
type GetObjectOutput struct {
	Body          io.ReadCloser
	ContentLength *int64
}

// GetObject returns an error.
func (*Client) GetObject(context.Context, *GetObjectInput) (*GetObjectOutput, error) {
	return nil, errLeftOut
}

// ListObjectsV2Input selects objects.
type ListObjectsV2Input struct{ Bucket, Prefix *string }

// ListObjectsV2Output is a page of a list.
type ListObjectsV2Output struct{ Contents []Object }

// Object is an object in a list.
type Object struct{ Key *string }

// ListObjectsV2Paginator lists objects.
type ListObjectsV2Paginator struct{}

// NewListObjectsV2Paginator returns a list whose first page is an error.
func NewListObjectsV2Paginator(*Client, *ListObjectsV2Input) *ListObjectsV2Paginator {
	return &ListObjectsV2Paginator{}
}

// HasMorePages is true, so that the error is met.
func (*ListObjectsV2Paginator) HasMorePages() bool {
	return true
}

// NextPage returns an error.
func (*ListObjectsV2Paginator) NextPage(context.Context) (*ListObjectsV2Output, error) {
	return nil, errLeftOut
}
