/**
 * Event loops: one thread, one loop, its own frames and counters. Start reading at {@code Worker}.
 */
@NullMarked
package io.terminator.core.worker;

import org.jspecify.annotations.NullMarked;
