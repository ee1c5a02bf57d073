/**
 * Picks a backend. In: {@code Secured}. Out: {@code Routed}. Start reading at {@code RouteTable}.
 */
@NullMarked
package io.terminator.core.route;

import org.jspecify.annotations.NullMarked;
