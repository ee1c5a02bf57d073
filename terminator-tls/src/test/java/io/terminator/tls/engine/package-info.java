/** Tests of the streams over BoringSSL, on a socket pair. */
@NullMarked
package io.terminator.tls.engine;

import org.jspecify.annotations.NullMarked;
