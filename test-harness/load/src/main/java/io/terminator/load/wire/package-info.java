/** The protocol between generator and backend, and the pattern with which every byte is checked. */
@NullMarked
package io.terminator.load.wire;

import org.jspecify.annotations.NullMarked;
