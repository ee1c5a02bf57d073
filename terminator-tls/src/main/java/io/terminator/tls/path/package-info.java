/**
 * Builds certification paths (RFC 5280 section 6) from certificates in any order. Start reading at
 * {@code PathSearch}.
 */
@NullMarked
package io.terminator.tls.path;

import org.jspecify.annotations.NullMarked;
