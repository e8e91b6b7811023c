// Package terraform stands in for a package that only Terraform's own tests import, and whose module is not published.
// With it `go mod tidy` has nothing to complain about.
package terraform
