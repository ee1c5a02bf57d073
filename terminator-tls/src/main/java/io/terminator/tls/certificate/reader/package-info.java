/**
 * Reads PEM, DER, PKCS#12 and JKS files and checks their content. Start reading at {@code
 * CredentialLoader}.
 */
@NullMarked
package io.terminator.tls.certificate.reader;

import org.jspecify.annotations.NullMarked;
