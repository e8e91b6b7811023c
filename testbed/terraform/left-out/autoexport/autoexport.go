// Package autoexport stands in for the export of traces, which Terraform does only if an environment variable says so.
package autoexport

import (
	"context"

	"go.opentelemetry.io/otel/sdk/trace"
)

// NewSpanExporter returns an exporter that drops all traces.
func NewSpanExporter(context.Context) (trace.SpanExporter, error) {
	return none{}, nil
}

type none struct{}

func (none) ExportSpans(context.Context, []trace.ReadOnlySpan) error {
	return nil
}

func (none) Shutdown(context.Context) error {
	return nil
}
