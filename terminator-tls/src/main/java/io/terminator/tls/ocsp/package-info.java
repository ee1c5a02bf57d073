/**
 * Fetches OCSP responses for the served certificates before clients ask for them. Start reading at
 * {@code Staples}.
 */
@NullMarked
package io.terminator.tls.ocsp;

import org.jspecify.annotations.NullMarked;
