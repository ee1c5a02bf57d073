/**
 * Selects what happens to a request: the first route whose conditions it meets. Pure. Start reading
 * at {@code HttpRoutes}.
 */
@NullMarked
package io.terminator.core.http.route;

import org.jspecify.annotations.NullMarked;
