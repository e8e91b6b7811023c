// Package storage stands in for the client of Google Cloud Storage: modules of the test bed are never there, and it takes a fifth of
// the time in which Terraform is compiled.
package storage

import (
	"context"
	"errors"
	"io"
)

var errLeftOut = errors.New("the test bed's Terraform is built without Google Cloud Storage as a source of modules")

// Client is a client that cannot be created.
type Client struct{}

// NewClient returns an error, whatever the options.
func NewClient[O any](context.Context, ...O) (*Client, error) {
	return nil, errLeftOut
}

// Bucket returns the bucket of that name.
func (*Client) Bucket(string) *BucketHandle {
	return nil
}

// BucketHandle is a bucket.
type BucketHandle struct{}

// Objects returns its objects.
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator {
	return nil
}

// Object returns the object of that name.
func (*BucketHandle) Object(string) *ObjectHandle {
	return nil
}

// Query selects objects.
type Query struct{ Prefix string }

// ObjectIterator has no objects.
type ObjectIterator struct{}

// Next returns an error.
func (*ObjectIterator) Next() (*ObjectAttrs, error) {
	return nil, errLeftOut
}

// ObjectAttrs describes an object.
type ObjectAttrs struct{ Name string }

// ObjectHandle is an object.
type ObjectHandle struct{}

// Generation returns a version of the object.
func (object *ObjectHandle) Generation(int64) *ObjectHandle {
	return object
}

// NewReader returns an error.
func (*ObjectHandle) NewReader(context.Context) (*Reader, error) {
	return nil, errLeftOut
}

// Reader reads an object.
type Reader struct{ io.ReadCloser }
