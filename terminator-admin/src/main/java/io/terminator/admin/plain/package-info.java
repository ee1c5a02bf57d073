/** Plain HTTP: redirects and ACME challenges. Start reading at {@code PlainHttpServer}. */
@NullMarked
package io.terminator.admin.plain;

import org.jspecify.annotations.NullMarked;
