/**
 * Ends a connection: one exit, one reason, one record. Input: the state that the connection has
 * reached. Start reading at {@code Closer}.
 */
@NullMarked
package io.terminator.core.close;

import org.jspecify.annotations.NullMarked;
