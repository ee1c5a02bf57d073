/** What one connection carries from phase to phase, and the list of live ones. Start reading at {@code Connection}. */
@NullMarked
package io.terminator.core.flow;

import org.jspecify.annotations.NullMarked;
