/** Tests of loading, checking, watching and swapping key material. */
package io.terminator.tls.certificate.managed;
