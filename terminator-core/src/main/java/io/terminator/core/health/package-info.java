/**
 * Checks the health of servers at intervals, on its own thread and over the same path as client
 * connections. Start reading at {@code HealthChecks}.
 */
@NullMarked
package io.terminator.core.health;

import org.jspecify.annotations.NullMarked;
