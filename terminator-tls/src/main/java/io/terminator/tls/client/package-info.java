/**
 * Which clients are let in by their certificates. Start reading at {@code ClientCertificatesConfig}.
 */
@NullMarked
package io.terminator.tls.client;

import org.jspecify.annotations.NullMarked;
