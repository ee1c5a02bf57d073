/**
 * Spans of connections and requests on their way from the workers to the exporter. Start reading at
 * {@code Tracer}.
 */
@NullMarked
package io.terminator.core.trace;

import org.jspecify.annotations.NullMarked;
