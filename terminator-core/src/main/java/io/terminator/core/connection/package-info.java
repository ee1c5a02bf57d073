/**
 * Composes the phases and keeps the list of live connections. Start reading at {@code
 * ConnectionFlow}.
 */
@NullMarked
package io.terminator.core.connection;

import org.jspecify.annotations.NullMarked;
