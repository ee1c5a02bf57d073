/** Tests of the derivation and rotation of report keys. */
package io.terminator.tls.report;
