/** A certificate chain with its private key, and the problems that one can have. */
@NullMarked
package io.terminator.tls.certificate.credential;

import org.jspecify.annotations.NullMarked;
