/** Adapts TLS to core's protocol chain. Start reading at {@code TlsLayer}. */
@NullMarked
package io.terminator.tls.layer;

import org.jspecify.annotations.NullMarked;
