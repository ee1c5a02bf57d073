/** A certificate chain with its key, and what can be wrong with one. */
@NullMarked
package io.terminator.tls.certificate.credential;

import org.jspecify.annotations.NullMarked;
