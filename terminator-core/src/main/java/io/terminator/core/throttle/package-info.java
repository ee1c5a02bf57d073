/**
 * Back-pressure: which stream is read, and why others are not. Start reading at {@code ReadGate}.
 */
@NullMarked
package io.terminator.core.throttle;

import org.jspecify.annotations.NullMarked;
