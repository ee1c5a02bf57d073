/** Tests of who is revoked. */
package io.terminator.tls.client;
