/** TLS towards a backend's servers: whom we trust there and who we are. Start reading at {@code BackendTls}. */
@NullMarked
package io.terminator.tls.backend;

import org.jspecify.annotations.NullMarked;
