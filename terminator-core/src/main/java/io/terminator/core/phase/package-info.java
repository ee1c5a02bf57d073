/** The six phases and the closed set of close reasons. Start reading at {@code Phase}. */
@NullMarked
package io.terminator.core.phase;

import org.jspecify.annotations.NullMarked;
