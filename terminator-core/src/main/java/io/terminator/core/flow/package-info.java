/**
 * The state that a connection carries from phase to phase, and the list of live connections. Start
 * reading at {@code Connection}.
 */
@NullMarked
package io.terminator.core.flow;

import org.jspecify.annotations.NullMarked;
