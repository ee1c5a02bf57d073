/** Tests of what responders answer, and how they fail. */
package io.terminator.tls.ocsp;
