/** Session ticket keys and their rotation. Start reading at {@code TicketKeyRing}. */
@NullMarked
package io.terminator.tls.ticket;

import org.jspecify.annotations.NullMarked;
