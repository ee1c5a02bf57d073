/**
 * Opens the backend side on the client's worker. Input: {@code Routed}. Output: {@code Connected}.
 * Start reading at {@code Connector}.
 */
@NullMarked
package io.terminator.core.connect;

import org.jspecify.annotations.NullMarked;
