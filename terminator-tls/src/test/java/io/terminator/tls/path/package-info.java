/** Tests of building paths and of the reported problems. */
package io.terminator.tls.path;
