/** Numbers and events offered to the outside; written by one worker, read by anyone. Start reading at {@code WorkerTally}. */
@NullMarked
package io.terminator.core.observe;

import org.jspecify.annotations.NullMarked;
