/** Certificates that are ordered and renewed by themselves, as they are stored and served. */
@NullMarked
package io.terminator.tls.certificate.managed;

import org.jspecify.annotations.NullMarked;
