/** Logging that never makes a worker wait: lines go to memory, one flusher writes them. Start reading at {@code LogBuffer}. */
@NullMarked
package io.terminator.core.logbuffer;

import org.jspecify.annotations.NullMarked;
