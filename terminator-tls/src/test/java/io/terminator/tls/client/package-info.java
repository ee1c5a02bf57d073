/** Tests of client certificates and revocation. */
package io.terminator.tls.client;
