/**
 * Logging that never blocks a worker: lines wait in a bounded buffer for one flusher. Start reading at {@code LogBuffer}.
 */
@NullMarked
package io.terminator.core.logbuffer;

import org.jspecify.annotations.NullMarked;
