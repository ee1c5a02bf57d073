/**
 * Exports spans of connections and requests by OTLP over HTTP. Nothing of OpenTelemetry is loaded
 * without the section {@code tracing}. Start reading at {@code SpanExport}.
 */
@NullMarked
package io.terminator.admin.tracing;

import org.jspecify.annotations.NullMarked;
