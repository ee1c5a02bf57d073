/** Certification paths (RFC 5280 section 6) of certificates that came in any order. Start reading at {@code PathSearch}. */
@NullMarked
package io.terminator.tls.path;

import org.jspecify.annotations.NullMarked;
