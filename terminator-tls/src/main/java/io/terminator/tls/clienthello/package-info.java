/**
 * Parses and classifies the ClientHello before BoringSSL reads it. Start reading at {@code
 * ClientHelloParser}.
 */
@NullMarked
package io.terminator.tls.clienthello;

import org.jspecify.annotations.NullMarked;
