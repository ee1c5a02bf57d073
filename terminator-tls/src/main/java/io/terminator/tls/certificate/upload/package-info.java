/** Certificates uploaded through the admin API and stored in the state directory. */
@NullMarked
package io.terminator.tls.certificate.upload;

import org.jspecify.annotations.NullMarked;
