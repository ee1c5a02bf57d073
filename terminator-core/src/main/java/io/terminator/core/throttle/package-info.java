/** Who may read, and why not. Start reading at {@code ReadGate}. */
@NullMarked
package io.terminator.core.throttle;

import org.jspecify.annotations.NullMarked;
