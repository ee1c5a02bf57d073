/** Tests of how paths are found and why not. */
package io.terminator.tls.path;
