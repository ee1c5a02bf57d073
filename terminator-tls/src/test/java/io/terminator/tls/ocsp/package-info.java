/** Tests of OCSP responses and of failing responders. */
package io.terminator.tls.ocsp;
