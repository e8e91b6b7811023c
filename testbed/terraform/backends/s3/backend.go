// Package s3 stands in for Terraform's remote-state backend of that name, whose module is not published.
package s3

import "github.com/hashicorp/terraform/internal/backend"

// New is called only for a configuration that names the backend; the test bed keeps its state in files.
func New() backend.Backend {
	panic("the test bed's Terraform is built without the remote-state backend s3; keep the state in a file")
}
