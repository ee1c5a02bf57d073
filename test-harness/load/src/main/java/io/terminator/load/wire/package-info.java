/**
 * What generator and backend say to each other, and the pattern that every byte is checked against.
 */
@NullMarked
package io.terminator.load.wire;

import org.jspecify.annotations.NullMarked;
