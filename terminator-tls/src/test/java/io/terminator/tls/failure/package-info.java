/** Tests of the reasons for failed handshakes. */
package io.terminator.tls.failure;
