/** Tests of the derivation and rotation of ticket keys. */
package io.terminator.tls.ticket;
