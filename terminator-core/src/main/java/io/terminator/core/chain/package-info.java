/**
 * The protocol chain: byte streams over a socket, one layer at a time. Start reading at {@code
 * ByteStream}.
 */
@NullMarked
package io.terminator.core.chain;

import org.jspecify.annotations.NullMarked;
