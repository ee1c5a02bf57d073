/** Plays many TLS clients on one thread, checks every byte and takes the time. */
@NullMarked
package io.terminator.load.generator;

import org.jspecify.annotations.NullMarked;
