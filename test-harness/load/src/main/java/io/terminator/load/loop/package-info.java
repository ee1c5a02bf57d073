/** One thread with an event loop over raw sockets, for generator and backend. */
@NullMarked
package io.terminator.load.loop;

import org.jspecify.annotations.NullMarked;
