/** Selects the certificate for a host. Start reading at {@code CredentialStore}. */
@NullMarked
package io.terminator.tls.certificate.store;

import org.jspecify.annotations.NullMarked;
