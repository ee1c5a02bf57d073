/**
 * Answers plain HTTP where people and certificate authorities look for it: redirects and ACME challenges. Start reading at
 * {@code PlainHttpServer}.
 */
@NullMarked
package io.terminator.admin.plain;

import org.jspecify.annotations.NullMarked;
