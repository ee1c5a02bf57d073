/**
 * One request and its response, between a stream of the client and a stream of a server, whatever
 * the versions of HTTP. Start reading at {@code HttpStream}.
 */
@NullMarked
package io.terminator.core.http.exchange;

import org.jspecify.annotations.NullMarked;
