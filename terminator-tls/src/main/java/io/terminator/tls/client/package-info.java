/**
 * Client certificates: which clients are accepted. Start reading at {@code
 * ClientCertificatesConfig}.
 */
@NullMarked
package io.terminator.tls.client;

import org.jspecify.annotations.NullMarked;
