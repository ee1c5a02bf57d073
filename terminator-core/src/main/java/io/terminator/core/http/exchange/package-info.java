/** One request and its response, whatever version of HTTP is spoken on either side. */
@NullMarked
package io.terminator.core.http.exchange;

import org.jspecify.annotations.NullMarked;
