/**
 * Heads of HTTP messages, in memory that requests of one worker use in turn. Start reading at
 * {@code Head}.
 */
@NullMarked
package io.terminator.core.http.message;

import org.jspecify.annotations.NullMarked;
