/** Sources of certificates: a directory or a list of files. Both are watched for changes. */
@NullMarked
package io.terminator.tls.certificate.source;

import org.jspecify.annotations.NullMarked;
