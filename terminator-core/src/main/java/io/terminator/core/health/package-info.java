/**
 * Asks servers again and again whether they are well, on a thread of its own and by the way that clients take. Start reading
 * at {@code HealthChecks}.
 */
@NullMarked
package io.terminator.core.health;

import org.jspecify.annotations.NullMarked;
