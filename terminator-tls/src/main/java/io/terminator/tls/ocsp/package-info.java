/** What revocation services say of our own certificates, fetched ahead of the clients. Start reading at {@code Staples}. */
@NullMarked
package io.terminator.tls.ocsp;

import org.jspecify.annotations.NullMarked;
