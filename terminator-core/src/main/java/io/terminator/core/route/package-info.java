/**
 * Selects a backend. Input: {@code Secured}. Output: {@code Routed}. Start reading at {@code
 * RouteTable}.
 */
@NullMarked
package io.terminator.core.route;

import org.jspecify.annotations.NullMarked;
