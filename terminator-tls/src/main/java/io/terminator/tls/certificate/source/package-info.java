/** Where certificates come from: a directory or a list of files, both watched. */
@NullMarked
package io.terminator.tls.certificate.source;

import org.jspecify.annotations.NullMarked;
