/**
 * HTTP/1.1 (RFC 9112) on one connection, towards clients and towards servers. Start reading at
 * {@code HeadParser}.
 */
@NullMarked
package io.terminator.core.http.h1;

import org.jspecify.annotations.NullMarked;
