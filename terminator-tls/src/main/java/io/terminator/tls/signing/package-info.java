/** Makes signatures with RSA keys, by a quicker library than BoringSSL and, where asked for, beside the workers. */
@NullMarked
package io.terminator.tls.signing;

import org.jspecify.annotations.NullMarked;
