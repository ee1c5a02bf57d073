/**
 * Decides how a listener answers a ClientHello, without native objects and without side effects.
 * Start reading at {@code Judge}.
 */
@NullMarked
package io.terminator.tls.judgement;

import org.jspecify.annotations.NullMarked;
