/**
 * Logging that never blocks a worker: lines go to memory, and one flusher writes them. Start
 * reading at {@code LogBuffer}.
 */
@NullMarked
package io.terminator.core.logbuffer;

import org.jspecify.annotations.NullMarked;
