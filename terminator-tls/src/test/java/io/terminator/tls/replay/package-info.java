/** Tests of the derivation and rotation of replay keys. */
package io.terminator.tls.replay;
