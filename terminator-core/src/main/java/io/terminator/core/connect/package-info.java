/**
 * Opens the backend side on the client's worker. In: {@code Routed}. Out: {@code Connected}. Start reading at {@code Connector}.
 */
@NullMarked
package io.terminator.core.connect;

import org.jspecify.annotations.NullMarked;
