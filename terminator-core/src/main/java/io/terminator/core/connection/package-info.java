/**
 * Composes the phases and knows every live connection. Start reading at {@code ConnectionFlow}.
 */
@NullMarked
package io.terminator.core.connection;

import org.jspecify.annotations.NullMarked;
