/** Key material: load, check, watch, swap. Start reading at {@code CredentialStore}. */
@NullMarked
package io.terminator.tls.certificate;

import org.jspecify.annotations.NullMarked;
