/**
 * Counters and events for monitoring; written by one worker, read by any thread. Start reading at
 * {@code Counters}.
 */
@NullMarked
package io.terminator.core.observe;

import org.jspecify.annotations.NullMarked;
