/**
 * Decides how a listener answers a ClientHello, without a native object and without an effect. Start reading at {@code
 * Judge}.
 */
@NullMarked
package io.terminator.tls.judgement;

import org.jspecify.annotations.NullMarked;
