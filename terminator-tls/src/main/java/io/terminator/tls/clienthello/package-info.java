/** What a client asked for, read before BoringSSL sees it. Start reading at {@code ClientHelloParser}. */
@NullMarked
package io.terminator.tls.clienthello;

import org.jspecify.annotations.NullMarked;
